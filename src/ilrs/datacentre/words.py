"""Words of a text in any language, cut alike for the index and for the question.

Letters and digits make words, whatever their case; Chinese and Japanese, written without spaces,
are cut into pairs of neighbouring characters. A word asked for is found where a word of the text
begins with it, so that 'лун' finds 'лунный' and 月球 finds 月球科研站. Of a very long word the
beginning counts.
"""

import re
import unicodedata

__all__ = ["tagged", "words_of"]

# Han, its extensions and compatibility forms, and the two kana.
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_RUN = re.compile(f"([{_UNSPACED}]+)|([^\\W_{_UNSPACED}]+)")
_ASCII = re.compile(r"[a-z0-9]+")
_TAG = "\u01c0"  # a letter to every index, and in no word that people write
_NO_LETTER = re.compile(f"[\\W_{_TAG}]+")
_MOST_OF_WORD, _MOST_OF_LANGUAGE = 100, 40  # characters; PostgreSQL's words have 2,046 bytes


def words_of(text: str, *, is_asked: bool = False) -> list[str]:
    """The words of a text, in order; `is_asked` leaves out what only the index needs.

    The index also gets the last character of a run of Chinese by itself, so that each is found.
    """
    if text.isascii():
        return _ended(_ASCII.findall(text.lower()))
    plain = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е").replace(_TAG, " ")
    found = []
    for run, word in _RUN.findall(plain):
        if word:
            found.append(word)
            continue
        found += [run[k : k + 2] for k in range(len(run) - 1)]
        if not is_asked or len(run) == 1:
            found.append(run[-1])
    return _ended(found)


def _ended(words: list[str]) -> list[str]:
    return [word[:_MOST_OF_WORD] for word in words]


def tagged(words: list[str], language: str) -> list[str]:
    """The words marked as being in one language, for a question about that language alone.

    Letters and digits of its name count, so that what is marked is one word to every index.
    """
    mark = _NO_LETTER.sub("", language.casefold())[:_MOST_OF_LANGUAGE] + _TAG
    return [mark + word for word in words]
