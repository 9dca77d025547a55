"""The check of the built site's links finds what leads nowhere, and nothing else."""

from docs.building.links import broken_links


def test_links_to_missing_files_and_places_are_found(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "index.html").write_text(
        '<h1 id="top">x</h1><a href="../a.html#no">b</a>'
    )
    (tmp_path / "a.html").write_text(
        '<a href="there/#top">1</a><a href="#nothing">2</a><img src="no.svg">'
        '<a href="https://example.org/x">3</a><a href="there/index.html#gone">4</a>'
    )
    assert list(broken_links(tmp_path)) == [
        "a.html: #nothing",
        "a.html: no.svg",
        "a.html: there/index.html#gone",
        "there/index.html: ../a.html#no",
    ]
