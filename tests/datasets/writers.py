"""Files of recordings as the cameras write them, one function per format."""

import struct

import flatbuffers
import h5py
import numpy as np

from keras_snn.datasets.events import make_recording


def random_events(number=200, size=(128, 128), seed=0, length=100_000):
    rng = np.random.default_rng(seed)
    height, width = size
    return make_recording(
        rng.integers(width, size=number),
        rng.integers(height, size=number),
        np.sort(rng.integers(length, size=number)),
        rng.integers(2, size=number),
    )


def columns(events):
    return (events[name].astype("int64") for name in "xytp")


def atis(events):
    x, y, t, p = columns(events)
    rows = [x, y, p << 7 | t >> 16, t >> 8 & 255, t & 255]
    return np.stack(rows, axis=1).astype("u1").tobytes()


def aedat2_dvs128(events, header="#!AER-DAT2.0\r\n# DVS128\r\n"):
    x, y, t, p = columns(events)
    address = (127 - x) << 8 | (127 - y) << 1 | 1 - p
    return header.encode() + np.stack([address, t], axis=1).astype(">u4").tobytes()


def aedat2_davis346(events, others=()):
    """With words of another kind, `others`, before the events."""
    x, y, t, p = columns(events)
    address = (259 - y) << 22 | (345 - x) << 12 | p << 11
    pairs = np.concatenate([np.reshape(others, (-1, 2)), np.stack([address, t], axis=1)])
    header = b"#!AER-DAT2.0\r\n# AEChip: eu.seebetter.ini.chips.davis.DAVIS346B\r\n"
    return header.replace(b"# AEChip", b"#AEChip") + pairs.astype(">u4").tobytes()


def aedat3(events, per_packet=64, spare=0, source="DVS128"):
    """With `spare` unused slots in each packet, and a packet of another type at the end."""
    x, y, t, p = columns(events)
    slots = np.stack([x << 17 | y << 2 | p << 1 | 1, t & 0x7FFFFFFF], axis=1).astype("<u4")
    lines = ["#!AER-DAT3.1", "#Format: RAW", f"#Source 1: {source}", "#!END-HEADER"]
    parts = ["".join(line + "\r\n" for line in lines).encode()]
    for start in range(0, len(events), per_packet):
        some = slots[start : start + per_packet]
        overflow, number = int(t[start] >> 31), len(some)
        parts.append(struct.pack("<HHIIIIII", 1, 1, 8, 4, overflow, number + spare, number, number))
        parts += [some.tobytes(), b"\1" * 8 * spare]
    parts.append(struct.pack("<HHIIIIII", 0, 1, 8, 4, 0, 1, 1, 1) + bytes(8))
    return b"".join(parts)


AEDAT4_INFO = """<dv version="2.0"><node name="outInfo" path="/mainloop/Recorder/outInfo/">
<node name="0" path="/mainloop/Recorder/outInfo/0/">
<attr key="compression" type="string">NONE</attr>
<attr key="originalModuleName" type="string">capture</attr>
<attr key="originalOutputName" type="string">events</attr>
<attr key="typeDescription" type="string">Array of events (polarity ON/OFF).</attr>
<attr key="typeIdentifier" type="string">EVTS</attr>
<node name="info" path="/mainloop/Recorder/outInfo/0/info/">
<attr key="sizeX" type="int">{width}</attr><attr key="sizeY" type="int">{height}</attr>
<attr key="source" type="string">DAVIS346_00000001</attr>
</node></node></node></dv>"""


def aedat4(events, size=(128, 128), per_packet=64):
    builder = flatbuffers.Builder(0)
    info = builder.CreateString(AEDAT4_INFO.format(height=size[0], width=size[1]))
    builder.StartObject(3)
    builder.PrependInt64Slot(1, -1, 0)
    builder.PrependUOffsetTRelativeSlot(2, info, 0)
    builder.FinishSizePrefixed(builder.EndObject(), b"IOHE")
    parts = [b"#!AER-DAT4.0\r\n", bytes(builder.Output())]
    for start in range(0, len(events), per_packet):
        packet = _aedat4_packet(events[start : start + per_packet])
        parts += [struct.pack("<II", 0, len(packet)), packet]
    return b"".join(parts)


def _aedat4_packet(events):
    builder = flatbuffers.Builder(0)
    builder.StartVector(16, len(events), 8)
    for x, y, t, p in reversed(events.tolist()):
        builder.Prep(8, 16)
        builder.Pad(3)
        builder.PrependBool(p)
        builder.PrependInt16(y)
        builder.PrependInt16(x)
        builder.PrependInt64(t)
    elements = builder.EndVector()
    builder.StartObject(1)
    builder.PrependUOffsetTRelativeSlot(0, elements, 0)
    builder.FinishSizePrefixed(builder.EndObject(), b"EVTS")
    return bytes(builder.Output())


def dat(events, header="% Version 2\n% Height 128\n% Width 128\n"):
    x, y, t, p = columns(events)
    pairs = np.stack([t, p << 28 | y << 14 | x], axis=1).astype("<u4")
    return header.encode() + bytes([12, 8]) + pairs.tobytes()


def evt2(events, header="% evt 2.0\n% geometry 128x128\n% end\n"):
    words, high = [], None
    for x, y, t, p in zip(*columns(events), strict=True):
        if t >> 6 != high:
            high = t >> 6
            words.append(8 << 28 | high & 0xFFFFFFF)
        words.append(p << 28 | (t & 63) << 22 | x << 11 | y)
    return header.encode() + np.array(words, "<u4").tobytes()


def evt3(events, header="% format EVT3;height=128;width=128\n% end\n"):
    """One event per word for the first half, vectors of 12 and of 8 bits for the second."""
    words, state = [], {}

    def announce(kind, value):
        if state.get(kind) != value:
            state[kind] = value
            words.append(kind << 12 | value)

    for k, (x, y, t, p) in enumerate(zip(*columns(events), strict=True)):
        if state.get("high") != t >> 12:
            state["high"] = t >> 12
            announce(8, t >> 12 & 0xFFF)
        announce(6, t & 0xFFF)
        announce(0, y)
        if k < len(events) // 2:
            words.append(2 << 12 | p << 11 | x)
        else:  # the base lies before the event; the first vector is empty
            start = max(x - 14, 0)
            bit = x - start - 12
            words += [3 << 12 | p << 11 | start]
            words += [4 << 12, 5 << 12 | 1 << bit] if bit >= 0 else [4 << 12 | 1 << (x - start)]
    return header.encode() + np.array(words, "<u2").tobytes()


def csv(events, header="x,y,t,p\n", separator=","):
    lines = (separator.join(str(int(value)) for value in row) for row in events.tolist())
    return (header + "".join(line + "\n" for line in lines)).encode()


def hdf5_compound(path, events, name="CD/events", **attributes):
    with h5py.File(path, "w") as file:
        node = file.create_dataset(name, data=events)
        node.attrs.update(attributes)


def hdf5_columns(path, events, names, offset=None):
    """Columns in a group `events` under other names, by field."""
    with h5py.File(path, "w") as file:
        for field, name in names.items():
            file[f"events/{name}"] = events[field]
        if offset is not None:
            file["t_offset"] = offset


def shd(path, recordings, labels=None, keys=(), speakers=None):
    """Rows of (seconds, units), in the types and under the names of the published files."""
    with h5py.File(path, "w") as file:
        for place, (name, dtype) in enumerate((("times", "f2"), ("units", "u2"))):
            kind = h5py.vlen_dtype(np.dtype(dtype))
            column = file.create_dataset(f"spikes/{name}", (len(recordings),), kind)
            for row, recording in enumerate(recordings):
                column[row] = np.asarray(recording[place], dtype)
        zeros = np.zeros(len(recordings), "u2")
        file["labels"] = zeros if labels is None else np.asarray(labels, "u2")
        file["extra/speaker"] = zeros if speakers is None else np.asarray(speakers, "u2")
        file["extra/keys"] = np.array([key.encode() for key in keys], "S16")
