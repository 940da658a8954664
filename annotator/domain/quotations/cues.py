"""Words that report speech, in Russian and English, and where they stand beside a quotation."""

import re
from typing import NamedTuple

#: Beginnings of verbs that take direct speech. Inflected forms, participles and the like follow.
_RU_VERBS = (
    "сказа", "говори", "говоря", "заяви", "заявл", "сообщи", "сообща", "отмети", "отмеча",
    "подчеркн", "подчерки", "добави", "добавл", "поясни", "поясня", "объясни", "объясня",
    "рассказ", "признал", "признава", "призна[её]т", "призва", "призыва", "напомн", "напомина",
    "уточни", "уточня", "пообеща", "обеща", "предупреди", "предупрежда", "утвержда", "считае",
    "считал", "полага", "уверен", "уверя", "увери", "ответи", "отвеча", "спроси", "спрашива",
    "восклик", "воскл", "возрази", "возража", "возмути", "возмуща", "написа", "пише", "писал",
    "процитир", "цитиру", "переда[её]т", "назва", "называ", "охарактериз", "описа", "описыва",
    "оценил", "прокоммент", "комменти", "констатир", "резюмир", "заключил", "заметил", "замеча",
    "подтверди", "подтвержда", "опроверг", "пошути", "шути", "вспомина", "вспомни", "продолжи",
    "продолжае", "согласи", "настаива", "потребов", "требу", "предложи", "посоветов", "попроси",
    "обвини", "обвиня", "упрекн", "пригрози", "поблагодар", "отреагир", "бросил", "крикн",
    "крича", "прошепта", "произн[её]с", "парирова", "извини", "вспыл", "посетова", "сетует",
    "сетова", "пожалова", "жалуе", "жалова", "подели", "делит", "указа", "указыва", "акцентир",
    "анонсир", "рекоменд", "отреза", "подыто", "выразил", "высказ", "намекн", "намека",
    "отверг", "раскритик", "похвал", "подтвержд", "доложи", "донесл", "сформулир", "размышля",
    "рассужда", "повтори", "повторя", "удивл", "удиви", "усмехн", "улыба", "улыбн", "вздыха",
    "вздохн", "ворч", "радуе", "мечта", "ирониз", "съязви", "язви", "докладыва", "осуди",
    "поздрави", "пожела", "поклял", "клян", "убежда", "убеди", "убежд[её]н", "опубликов",
    "провозгласи", "увидел", "усмотре", "предрек", "предсказ", "прогнозир", "вынес", "сокруша",
    "негоду", "недоумева", "гласи", "постановил", "резюмиров", "процеди", "отшути", "обозначил",
    "допустил", "обрати", "выступ", "сослал", "ссыла", "отозва", "откликн", "обозва", "приводи",
    r"показал\w* на (?:допрос|суд|следстви)", "скандирова",
)  # fmt: skip
_RU_NOUNS = (
    "слов(?:а|ам|ами|ах)?", "мнени[еюяй]\\w*", "высказывани\\w+", "заявлени\\w+",
    "комментари\\w+", "тезис\\w*", "выражени\\w+", "комплимент\\w*", "реч(?:ь|и|ью)",
    "фраз\\w+", "цитат\\w+", "оценк\\w+", "версии", "признани\\w+", "лозунг\\w*",
    "деклараци\\w+", "призыв\\w*", "обращени\\w+", "ответ(?:е|ом)?", "обвинени\\w+",
    "девиз\\w*", "письм[еао]", "пост(?:е|а)?",
)  # fmt: skip
_EN_VERBS = (
    "said", "says", "saying", "say", "told", "tells", "added", "adds", "called", "calls",
    "calling", "described", "describes", "describing", "warned", "warns", "warning", "wrote",
    "writes", "tweeted", "call", "describe", "warn", "argue", "claim", "insist", "believe",
    "announced", "asked", "asks", "replied", "replies", "insisted", "insists", "argued",
    "argues", "explained", "explains", "admitted", "admits", "noted", "notes", "stated",
    "states", "claimed", "claims", "promised", "accused", "accuses", "denied", "denies",
    "joked", "recalled", "urged", "testified", "posted", "quipped", "shouted", "concluded",
    "remarked", "declared", "acknowledged", "predicted", "dismissed", "praised", "vowed",
    "hailed", "branded", "labelled", "labeled", "dubbed", "condemned", "criticised",
    "criticized", "continued", "confirmed", "suggested", "believes", "thinks", "commented",
    "observed", "responded", "agreed", "complained", "pledged", "stressed", "emphasized",
    "emphasised", "demanded", "conceded", "countered", "yelled", "whispered", "reads", "read",
    "quoted", "boasted", "lamented", "mused", "cautioned",
)  # fmt: skip
_EN_NOUNS = ("according to", "in the words of", "words", "statement", "remarks?", "comments?")
_NOT_CUES = (
    "сообществ", "сообщени", "обещани", "выступлени", "пожеланием", "называем", "оценочн",
    "указани", "рассказ$", "рассказы$", "рассказе$", "призывник", "высказывани", "делител",
    "указател", "указ$", "требующ", "требовани", "согласие$", "согласия$", "обратн", "передач",
    "писатель", "писател", "заявлени", "говорящ", "описани", "словар", "считалк", "называемы",
    "названи", "обратив", "согласит", "требуе", "уверенно", "увереннос", "удивит", "продолжит",
    "предложени", "требует", "пишущ", "допустим", "выступае", "обязат", "комментари",
    "рекомендаци", "убеждени", "признани", "обвинени", "обвинител", "оценщ", "делит[^с]",
    "передающ", "продолжает[^с]*ся", "передать", "требов",
)  # fmt: skip

_RU_VERB = re.compile(
    rf"\b(?!(?:{'|'.join(_NOT_CUES)}))(?:{'|'.join(_RU_VERBS)})\w*", re.IGNORECASE
)
_RU_NOUN = re.compile(rf"\b(?:{'|'.join(_RU_NOUNS)})\b", re.IGNORECASE)
_EN_VERB = re.compile(rf"\b(?:{'|'.join(_EN_VERBS)})\b", re.IGNORECASE)
_EN_NOUN = re.compile(rf"\b(?:{'|'.join(_EN_NOUNS)})\b", re.IGNORECASE)
_ACCORDING = re.compile(
    r"\b(?:по (?:\w+ )?(?:словам|мнению|версии|оценке|выражению|признанию|утверждению|убеждению)"
    r"|со слов|(?:как )?по его мнению|как выразил\w+)\b"
    r"|\b(?:according to|in the words of)\b",
    re.IGNORECASE,
)
#: Not somebody's speech: a term, or a name that is announced as one.
_TERM = re.compile(
    r"(?:так называем\w+|т\. ?н\.|под (?:названием|именем|девизом|кодовым названием)|именуем\w+"
    r"|термин\w*|прозван\w+|по прозвищу|по имени|кодов\w+ (?:имя|название)|понятие|слово"
    r"|so-called|known as|dubbed|nicknamed|entitled|titled|termed)\s*\W?\s*$",
    re.IGNORECASE,
)


class Cue(NamedTuple):
    """Reporting words: their place, whether a verb, whether "по словам" and the like."""

    start: int
    end: int
    verb: bool
    according: bool = False


def cues(text: str, start: int, end: int, *, russian: bool) -> list[Cue]:
    """Return the reporting words of `text[start:end]` in order."""
    verb, noun = (_RU_VERB, _RU_NOUN) if russian else (_EN_VERB, _EN_NOUN)
    found = [Cue(m.start(), m.end(), True) for m in verb.finditer(text, start, end)]
    said = [Cue(m.start(), m.end(), False, True) for m in _ACCORDING.finditer(text, start, end)]
    nouns = [Cue(m.start(), m.end(), False) for m in noun.finditer(text, start, end)]
    for cue in (*said, *nouns):
        if not any(cue.start < other.end and other.start < cue.end for other in found):
            found.append(cue)
    return sorted(found)


def is_term(before: str) -> bool:
    """Whether the words before a quotation announce a term or a name."""
    return _TERM.search(before) is not None
