"""An answer that an export keeps as HTML is read as the Markdown that it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curator.formats.html_markdown import markdown


@pytest.mark.parametrize(
    ("html", "told"),
    [
        ("Only words, 2 &lt; 3 &amp; so", "Only words, 2 < 3 & so"),
        ("<p>One\n  line</p>\n<p>Another<br>half</p>", "One line\n\nAnother\nhalf"),
        ("<h2>Steps <em>now</em></h2><p>Go</p>", "## Steps *now*\n\nGo"),
        ("To <strong>begin </strong>with&nbsp;<b></b><i>it</i>", "To **begin** with *it*"),
        ('See <a class="x" href="https://a.b/?c=1&amp;d">there</a>', "See [there](https://a.b/?c=1&d)"),
        ('<a href="javascript:x()">there</a>', "there"),
        ("<ul><li>one</li><li><p>two</p><ul><li>in</li></ul></li></ul>", "- one\n- two\n  - in"),
        ("<ol><li>one<li>two<pre>x\ny</pre></ol>end", "1. one\n2. two\n\n   ```\n   x\n   y\n   ```\n\nend"),
        ('<pre><code class="language-py">a = "b"\n  c &lt; d\n</code></pre>', '```py\na = "b"\n  c < d\n```'),
        ("<pre>```</pre>", "````\n```\n````"),
        ("<p>Call <code>f(x)</code>.</p>", "Call `f(x)`."),
        ("<blockquote><p>one</p><p>two</p></blockquote>", "> one\n>\n> two"),
        (
            "<table><tr><th>A</th><th>B</th></tr><tr><td>1|2</td></tr></table>",
            "| A | B |\n| --- | --- |\n| 1\\|2 |  |",
        ),
        ("<p>a</p><hr><p>b</p>", "a\n\n---\n\nb"),
        ("a<!-- not said --> b<custom-tag>c</custom-tag>", "a bc"),
        ("<script>x()</script><style>y</style>said", "said"),
        ("1 < 2 and <b>never closed", "1 < 2 and **never closed**"),
        ("</p></b>stray", "stray"),
    ],
)
def test_html_becomes_the_markdown_it_was(html: str, told: str) -> None:
    assert markdown(html) == told


@given(
    st.lists(
        st.sampled_from(
            ["<p>", "</p>", "<ul>", "<li>", "</ul>", "<b>", "</b>", "<table>", "<tr>", "<td>", "<pre>", "<", "word"]
        )
    )
)
def test_no_word_is_lost_whatever_the_tags(pieces: list[str]) -> None:
    assert markdown("".join(pieces)).count("word") == pieces.count("word")


@pytest.mark.parametrize("piece", ["<", "<a ", "<ul><li>", "</p>", "<b>", "<blockquote>", "<p>x", "&", "<td>", "<!--"])
def test_a_hostile_page_takes_no_longer_than_its_length(piece: str) -> None:
    assert len(markdown(piece * 20_000)) <= 40 * 20_000
