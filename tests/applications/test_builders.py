"""The builders are plain functions: found, documented, picklable, and checked before they run."""

import inspect
import pickle
import re
import subprocess
import sys
import traceback
from pathlib import Path

import pytest

from keras_snn import applications

BUILDERS = [name for name in applications.__all__ if name[0].isupper()]
FOLDER = Path(applications.__file__).parent


@pytest.mark.parametrize("name", BUILDERS)
def test_a_builder_is_a_function_of_its_file(name):
    builder = getattr(applications, name)
    source = Path(inspect.getsourcefile(builder))
    assert f"def {name}(" in source.read_text()
    assert builder.__module__ == f"keras_snn.applications.{source.stem}"
    assert (builder.__name__, builder.__qualname__) == (name, name)
    assert pickle.loads(pickle.dumps(builder)) is builder


@pytest.mark.parametrize("name", BUILDERS)
def test_a_builder_documents_every_argument_and_shows_its_default(name):
    builder = getattr(applications, name)
    parameters = inspect.signature(builder).parameters
    for argument, parameter in parameters.items():
        assert re.search(rf"^    {argument}: ", builder.__doc__, re.M), argument
        assert parameter.kind is inspect.Parameter.KEYWORD_ONLY
        assert parameter.annotation is not inspect.Parameter.empty
        assert parameter.default is not inspect.Parameter.empty
    assert ("units" in parameters) == ("VGG8" in name)
    defaults = {key: p.default for key, p in parameters.items()}
    assert defaults["classifier_activation"] == "softmax"
    assert defaults["attention"] == {"SMA": "sma", "FST": "fsta"}.get(name[:3])


def test_defaults_are_those_of_the_networks():
    def default(name, argument):
        return inspect.signature(getattr(applications, name)).parameters[argument].default

    assert default("FSTAResNet19", "classes") == 100
    assert default("SMAVGG8", "attention_blocks") == (2, 3)
    assert default("SMAVGG8", "attention_activation") == "lif"
    assert default("MSResNet104", "name") == "ms_resnet104"
    assert default("SpikingResNet20", "filters") == (64, 128, 256, 512)


def test_tracebacks_name_the_builder():
    with pytest.raises(ValueError, match="classes") as error:
        applications.SMAResNet104(classes=0)
    assert "SMAResNet104" in [frame.name for frame in traceback.extract_tb(error.tb)]


def test_a_misspelt_argument_is_refused_with_the_one_that_was_meant():
    sentence = r"SMAResNet104\(\) got an unexpected .*'tiime_steps'. Did you mean 'time_steps'\?"
    with pytest.raises(TypeError, match=sentence):
        applications.SMAResNet104(tiime_steps=3)
    with pytest.raises(TypeError, match="'units'"):
        applications.MSResNet18(units=(3, 4))
    with pytest.raises(TypeError, match="'row'"):
        applications.MSResNet18(row=None)


WRONG = '''"""Calls that a type checker should refuse."""

from keras_snn import applications

applications.SMAResNet104(tiime_steps=3)
applications.SMAResNet104(time_steps="three")
applications.VGG8(units=3)
applications.MSResNet18(units=(3, 4))
applications.MSResNet18(pooling="sum")
'''
RIGHT = '''"""Calls that a type checker should accept."""

import keras

from keras_snn import applications, layers

model: keras.Model = applications.SMAResNet104(time_steps=3, input_shape=(32, 32, 3))
applications.VGG8(units=(3, 4), attention="fsta", azo=None)
applications.MSResNet18(attention=layers.SMA(), attention_blocks=[(1, 1), 2])
'''


def test_a_type_checker_refuses_wrong_names_and_types(tmp_path):
    (tmp_path / "wrong.py").write_text(WRONG)
    (tmp_path / "right.py").write_text(RIGHT)
    command = [sys.executable, "-m", "mypy", "--config-file", "setup.cfg", "--no-incremental"]
    files = [str(tmp_path / "wrong.py"), str(tmp_path / "right.py")]
    result = subprocess.run(
        [*command, *files], cwd=FOLDER.parents[1], capture_output=True, text=True, timeout=300
    )
    lines = {int(n) for n in re.findall(r"wrong\.py:(\d+): error", result.stdout)}
    assert lines == set(range(5, 10)), result.stdout + result.stderr
    assert "right.py" not in result.stdout
