# ruff: noqa: RUF002, E501
"""Words of diagrams in the most common languages: marks, types, headings and cardinalities.

Keys, types and cardinalities are a closed vocabulary in each language, so they are data. All are in lower case.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

# Letters, digits and the vowel signs of several scripts, for use in a character class of a pattern.
LETTERS = r"\w\u0300-\u036f\u0610-\u06ed\u0900-\u0dff\u0e00-\u0fff"

# The meaning of each mark: pk, fk, uk, `unique` (not called a key), nn, null. Empty: it makes no claim.
MARKS: Mapping[str, str] = {
    **dict.fromkeys(("pk", "p", "primary key", "primary", "identifier", "part of key", "surrogate key"), "pk"),
    **dict.fromkeys(("fk", "f", "foreign key", "ref", "foreign"), "fk"),
    **dict.fromkeys(("uk", "uq", "ak", "u", "unique key", "alternate key"), "uk"),
    "unique": "unique",
    **dict.fromkeys(("pfk", "pf", "primary foreign key", "pk fk", "fk pk"), "pk fk"),
    **dict.fromkeys(("nn", "not null", "not_null", "required", "mandatory"), "nn"),
    **dict.fromkeys(("null", "nullable", "optional"), "null"),
    **dict.fromkeys(("increment", "auto_increment", "autoincrement", "auto increment", "identity", "ai", "index"), ""),
    # Chinese, Japanese, Korean
    **dict.fromkeys(("主键", "主鍵", "主キー", "主码", "기본키", "기본 키"), "pk"),
    **dict.fromkeys(("外键", "外鍵", "外部キー", "外码", "외래키", "외래 키"), "fk"),
    **dict.fromkeys(("唯一", "唯一键", "一意", "ユニーク", "고유"), "unique"),
    **dict.fromkeys(("非空", "必填", "必須", "필수"), "nn"),
    **dict.fromkeys(("可空", "任意", "可为空", "선택"), "null"),
    # Spanish, Portuguese, Italian, French, Romanian
    **dict.fromkeys(
        ("clave primaria", "llave primaria", "chave primária", "chave primaria", "chiave primaria", "clé primaire",
         "cle primaire", "cheie primară"), "pk"),
    **dict.fromkeys(
        ("clave foránea", "clave foranea", "llave foránea", "llave foranea", "clave externa", "clave ajena",
         "chave estrangeira", "chiave esterna", "clé étrangère", "cle etrangere", "cheie externă"), "fk"),
    **dict.fromkeys(("único", "único", "única", "unico", "unica", "unique"), "unique"),
    **dict.fromkeys(("obligatorio", "obligatoria", "obrigatório", "obrigatoria", "obbligatorio", "obligatoire",
                     "no nulo", "não nulo", "non nul", "non nullo"), "nn"),
    **dict.fromkeys(("opcional", "facultatif", "facoltativo", "optionnel", "facultativo", "opzionale"), "null"),
    # German, Dutch, Swedish, Polish, Turkish
    **dict.fromkeys(("primärschlüssel", "primaerschluessel", "ps", "primaire sleutel", "primärnyckel", "klucz główny",
                     "birincil anahtar"), "pk"),
    **dict.fromkeys(("fremdschlüssel", "fremdschluessel", "fs", "vs", "vreemde sleutel", "främmande nyckel", "klucz obcy",
                     "yabancı anahtar"), "fk"),
    **dict.fromkeys(("eindeutig", "uniek", "unik", "unikalny", "benzersiz"), "unique"),
    **dict.fromkeys(("pflicht", "pflichtfeld", "verplicht", "obowiązkowe", "zorunlu"), "nn"),
    # Russian, Ukrainian
    **dict.fromkeys(("первичный ключ", "пк", "первинний ключ"), "pk"),
    **dict.fromkeys(("внешний ключ", "вк", "зовнішній ключ"), "fk"),
    **dict.fromkeys(("уникальный", "уникальное", "уникально", "унікальний"), "unique"),
    **dict.fromkeys(("обязательно", "обязательное", "обязательный"), "nn"),
    **dict.fromkeys(("необязательно", "необязательное", "необязательный"), "null"),
    # Arabic, Hebrew, Persian, Urdu
    **dict.fromkeys(("مفتاح أساسي", "مفتاح رئيسي", "المفتاح الأساسي", "کلید اصلی", "بنیادی کلید", "מפתח ראשי"), "pk"),
    **dict.fromkeys(("مفتاح أجنبي", "مفتاح خارجي", "المفتاح الأجنبي", "کلید خارجی", "غیر ملکی کلید", "מפתח זר"), "fk"),
    **dict.fromkeys(("فريد", "مميز", "یکتا"), "unique"),
    **dict.fromkeys(("إلزامي", "مطلوب"), "nn"),
    # Hindi, Bengali
    **dict.fromkeys(("प्राथमिक कुंजी", "प्राइमरी की", "प्राथमिक कुँजी", "প্রাথমিক কী", "প্রাইমারি কি", "প্রাথমিক চাবি"), "pk"),
    **dict.fromkeys(("विदेशी कुंजी", "फॉरेन की", "विदेशी कुँजी", "বিদেশি কী", "ফরেন কি", "বৈদেশিক চাবি"), "fk"),
    **dict.fromkeys(("अद्वितीय", "অনন্য"), "unique"),
    # Indonesian, Malay, Vietnamese, Swahili
    **dict.fromkeys(("kunci utama", "kunci primer", "khóa chính", "khoá chính", "ufunguo msingi"), "pk"),
    **dict.fromkeys(("kunci asing", "kunci tamu", "khóa ngoại", "khoá ngoại", "ufunguo wa kigeni"), "fk"),
    **dict.fromkeys(("unik", "duy nhất"), "unique"),
    **dict.fromkeys(("wajib", "bắt buộc"), "nn"),
}  # fmt: skip

# A type in another language -> PostgreSQL's word. `postgres_types` has the English words.
TYPES: Mapping[str, str] = {
    **dict.fromkeys(
        ("texto", "texte", "testo", "cadena", "cadena de texto", "chaîne", "chaine", "stringa", "zeichenkette",
         "tekst", "metin", "текст", "строка", "рядок", "文本", "字符串", "文字列", "文字", "テキスト", "문자열", "텍스트",
         "نص", "سلسلة", "متن", "पाठ", "टेक्स्ट", "স্ট্রিং", "টেক্সট", "teks", "văn bản", "chuỗi", "zeichen",
         "stringa di testo", "texto largo", "texto corto", "texte long", "alfanumérico", "alphanumérique",
         "alfanumerico", "alphanumerisch", "znakowy", "napis", "ciąg znaków", "łańcuch znaków", "karakter", "karakter dizisi", "dizge", "ký tự", "chuỗi ký tự", "строковый", "текстовый", "символьный", "szöveg", "textový", "字符",
         "字符型", "文本型", "文字型", "文字列型", "문자", "문자형", "maandishi", "লেখা", "نصي"), "text"),
    **dict.fromkeys(
        ("entero", "inteiro", "entier", "intero", "ganzzahl", "geheel getal", "heltal", "liczba całkowita", "tam sayı",
         "целое", "целое число", "ціле", "整数", "整型", "整數", "정수", "عدد صحيح", "رقم صحيح", "पूर्णांक",
         "পূর্ণসংখ্যা", "bilangan bulat", "số nguyên",
         "tamsayı", "tamsayi", "tam sayi", "numero intero", "número entero", "número inteiro", "nombre entier", "ganze zahl", "całkowita", "liczba calkowita", "całkowity", "целочисленный", "целый", "整数型", "정수형", "bilangan", "celé číslo", "egész szám", "nambari kamili", "صحیح عدد", "پورا عدد", "întreg", "număr întreg", "heltallig"), "integer"),
    **dict.fromkeys(
        ("fecha", "data", "datum", "tarih", "дата", "日期", "日付", "날짜", "تاريخ", "تاریخ", "तारीख", "दिनांक", "তারিখ",
         "tanggal", "ngày", "dato",
         "dátum", "日付型", "日期型", "날짜형", "päivämäärä", "tarikh"), "date"),
    **dict.fromkeys(
        ("fecha y hora", "fecha hora", "data e hora", "data e ora", "date et heure", "date heure", "horodatage",
         "zeitstempel", "datum und uhrzeit", "дата и время", "日期时间", "时间戳", "日時", "タイムスタンプ", "일시",
         "tanggal waktu",
         "tarih saat", "tarih ve saat", "zaman damgası", "data i godzina", "data i czas", "znacznik czasu", "datum och tid", "datum en tijd", "ngày giờ", "fecha/hora", "data/hora", "marca de tiempo", "carimbo de data/hora",
         "日期和时间", "日時型", "날짜시간", "طابع زمني", "التاريخ والوقت", "तारीख और समय", "tanggal dan waktu", "дата/время", "метка времени"), "timestamp"),
    **dict.fromkeys(("hora", "heure", "ora", "uhrzeit", "время", "时间", "時刻", "시간", "وقت", "समय", "সময়", "waktu",
         "saat", "godzina", "czas", "orario", "giờ"), "time"),
    **dict.fromkeys(
        ("booleano", "booléen", "booleen", "wahrheitswert", "логический", "логическое", "布尔", "布尔型", "真偽値",
         "真偽", "불리언", "منطقي", "बूलियन", "বুলিয়ান", "ja/nein", "sí/no", "oui/non",
         "sim/não", "да/нет", "是/否", "yes/no",
         "mantıksal", "mantıksal değer", "doğru/yanlış", "evet/hayır", "logiczny", "logiczna", "wartość logiczna",
         "prawda/fałsz", "tak/nie", "lógico", "logico", "logique", "vrai/faux", "verdadero/falso", "verdadeiro/falso",
         "vero/falso", "wahr/falsch", "логический тип", "булево", "булевый", "布尔值", "논리", "논리형", "참/거짓",
         "boolesk", "đúng/sai", "benar/salah", "ya/tidak", "قيمة منطقية", "sì/no", "si/no"), "boolean"),
    **dict.fromkeys(
        ("número", "numero", "nombre décimal", "décimal", "decimale", "dezimal", "dezimalzahl", "zahl", "kommazahl",
         "число", "десятичное", "数字", "数值", "小数", "数値", "숫자", "عدد", "رقم عشري", "عدد عشري", "संख्या", "दशमलव",
         "সংখ্যা", "angka", "desimal", "số", "importe", "moneda", "betrag",
         "ondalık", "ondalıklı", "ondalık sayı", "sayı", "kesirli", "kesirli sayı", "liczba", "liczba dziesiętna",
         "dziesiętna", "dziesiętny", "liczba zmiennoprzecinkowa", "kwota", "numero decimale", "número decimal",
         "numérico", "numérique", "numerico", "numerisch", "nombre réel", "réel", "reale", "gleitkommazahl",
         "fließkommazahl", "дробное", "дробный", "числовой", "вещественное", "вещественный", "десятичный", "денежный",
         "小数型", "実数", "浮動小数点", "浮点数", "实数", "실수", "decimaal", "kommagetal", "desetinné číslo", "szám", "số thực", "số thập phân", "bilangan desimal", "bilangan riil", "pecahan", "दशमलव संख्या", "اعشاری"), "numeric"),
}  # fmt: skip

# The heading of a table's column -> the role of the cells below it.
HEADINGS: Mapping[str, str] = {
    **dict.fromkeys(
        ("table", "table name", "entity", "entity name", "tabla", "entidad", "tabela", "entidade", "entité", "tabella",
         "entità", "tabelle", "entität", "таблица", "сущность", "表", "表名", "实体", "テーブル", "テーブル名", "エンティティ",
         "테이블", "엔터티", "جدول", "الجدول", "كيان", "तालिका", "টেবিল", "tabel", "entitas", "tablo", "bảng"), "table"),
    **dict.fromkeys(
        ("column", "columns", "column name", "field", "fields", "field name", "name", "attribute", "attributes",
         "attribute name", "columna", "campo", "campos", "nombre", "atributo", "coluna", "nome", "colonne", "champ",
         "nom", "attribut", "colonna", "attributo", "spalte", "feld", "merkmal", "bezeichnung", "столбец", "поле",
         "имя", "атрибут", "колонка", "字段", "字段名", "列", "列名", "名称", "属性", "項目", "項目名", "カラム", "カラム名",
         "物理名", "論理名", "컬럼", "컬럼명", "필드", "속성", "العمود", "الحقل", "حقل", "عمود", "اسم", "الاسم", "कॉलम", "फ़ील्ड", "नाम",
         "কলাম", "ক্ষেত্র", "নাম", "kolom", "nama", "bidang", "atribut", "alan", "sütun", "cột", "tên", "kolumna"), "name"),
    **dict.fromkeys(
        ("type", "types", "data type", "datatype", "tipo", "tipo de dato", "tipo de dado", "tipo de datos", "typ",
         "datentyp", "type de données", "тип", "тип данных", "类型", "数据类型", "資料型態", "型", "データ型", "타입", "자료형",
         "데이터타입", "النوع", "نوع", "نوع البيانات", "प्रकार", "ধরন", "tipe", "tipe data", "tip", "tür", "kiểu",
         "kiểu dữ liệu", "dato"), "type"),
    **dict.fromkeys(
        ("key", "keys", "constraint", "constraints", "constraint(s)", "clave", "llave", "restricción", "chave", "clé",
         "contrainte", "chiave", "vincolo", "schlüssel", "ключ", "ограничение", "键", "约束", "键类型", "キー", "制約", "키",
         "제약", "المفتاح", "مفتاح", "قيد", "कुंजी", "কী", "kunci", "anahtar", "khóa"), "key"),
    **dict.fromkeys(
        ("references", "reference", "ref", "refers to", "fk to", "foreign table", "referencia", "référence",
         "riferimento", "verweis", "referenz", "ссылка", "引用", "参照", "참조", "المرجع", "संदर्भ", "referensi"), "target"),
    **dict.fromkeys(
        ("null", "nullable", "nulls", "null?", "nullable?", "optional", "nulo", "nullable", "nul", "null erlaubt",
         "可空", "null許可", "允许空"), "null"),
    **dict.fromkeys(("not null", "required", "mandatory", "nn", "obligatorio", "obrigatório", "obligatoire", "pflicht",
                     "必须", "必填", "必須", "обязательно", "wajib"), "nn"),
    **dict.fromkeys(
        ("description", "comment", "comments", "remark", "remarks", "note", "notes", "meaning", "descripción",
         "comentario", "notas", "descrição", "observação", "commentaire", "remarque", "remarques", "descrizione",
         "beschreibung", "bemerkung", "kommentar", "описание", "комментарий", "примечание", "说明", "描述", "备注", "注释",
         "説明", "備考", "설명", "비고", "الوصف", "ملاحظات", "विवरण", "বিবরণ", "deskripsi", "keterangan", "açıklama",
         "mô tả", "example", "examples", "ejemplo", "beispiel", "sample", "default"), "remark"),
}  # fmt: skip

# Cardinalities in the captions of connectors.
ENDS: Mapping[str, str] = {
    **dict.fromkeys(
        ("1", "one", "uno", "una", "un", "um", "une", "ein", "eine", "eins", "einer", "один", "одна", "一", "1个", "일",
         "واحد", "एक", "এক", "satu", "bir", "một", "één", "jeden", "jedna", "exactly one", "1..1", "only one", "1対", "一個"), "one"),
    **dict.fromkeys(("0..1", "?", "zero or one", "0 or 1", "null or one", "cero o uno", "zero ou um", "zéro ou un"), "zero_or_one"),
    **dict.fromkeys(("1..*", "1..n", "1..m", "1+", "one or many", "one or more", "uno o más", "um ou mais", "un ou plusieurs"),
                    "one_or_many"),
    **dict.fromkeys(
        ("0..*", "0..n", "0..m", "*", "0+", "zero or many", "zero or more", "cero o más", "zero ou mais", "zéro ou plusieurs"),
        "zero_or_many"),
    **dict.fromkeys(
        ("n", "m", "many", "∞", "muchos", "muchas", "varios", "varias", "muitos", "muitas", "vários", "várias", "plusieurs",
         "molti", "molte", "viele", "vielen", "mehrere", "много", "многие", "многим", "ко многим", "多", "多个", "다",
         "कई", "अनेक", "অনেক", "banyak", "çok", "nhiều", "veel", "wiele", "متعدد", "كثير", "عدة"), "many"),
}  # fmt: skip
BETWEEN = r"to|a|à|para|zu|auf|ke|до|к|ко|对|對|対|대|إلى|से|থেকে|naar|do|ve|với"

# A verb between two entities -> the cardinality at its start and at its end; None: the verb does not decide it.
VERBS: Mapping[str, tuple[str | None, str | None]] = {
    **dict.fromkeys(
        ("has many", "have many", "tiene muchos", "tiene muchas", "tem muitos", "tem muitas", "a plusieurs",
         "possède plusieurs", "ha molti", "ha molte", "hat viele", "hat mehrere", "имеет много", "拥有多个", "有多个",
         "has multiple", "memiliki banyak"), ("one", "many")),
    **dict.fromkeys(("has one", "tiene un", "tiene una", "tem um", "tem uma", "a un", "a une", "hat ein", "hat eine",
                     "имеет один"), (None, "one")),
    **dict.fromkeys(
        ("belongs to", "belong to", "references", "pertenece a", "pertence a", "appartient à", "appartiene a",
         "gehört zu", "принадлежит", "属于", "milik", "termasuk"), ("many", "one")),
}  # fmt: skip

TICKS = frozenset(
    "✓ ✔ ✅ ☑ x × ✗ y yes true ○ ● • 是 ja sí si sim oui да はい 예 نعم हाँ হ্যাঁ ya evet tak v 1".split()
) - {"✗", "×"}
EMPTY = frozenset("- – — ✗ × no n false none non nein não нет 否 いいえ 아니오 لا नहीं na n/a 0".split())

# Marks that also occur in sentences: `P` or `U` alone are marks only at the start of a row.
SHORT = frozenset(
    ("p", "f", "u", "ref", "index", "identifier", "primary", "foreign", "required", "optional", "mandatory")
)


def is_column_word(name: str) -> bool:
    """Return whether the last word of a name is a typical column word in any language: `status_code`, `nombre`."""
    word = re.split(r"[\W_]+", plain(name))[-1]
    return word in HEADINGS or word in ("id", "code", "label", "title", "no", "nr", "number", "value", "text")


def plain(text: str) -> str:
    """Return the text in composed Unicode form, in lower case, with single blanks."""
    return " ".join(unicodedata.normalize("NFC", text).lower().split())


def phrases(words: Iterable[str]) -> str:
    """Return a pattern that matches any of these phrases as whole words."""
    longest_first = sorted(words, key=len, reverse=True)
    escaped = (re.escape(word).replace("\\ ", r"\s+") for word in longest_first)
    return rf"(?<![{LETTERS}])(?:{'|'.join(escaped)})(?![{LETTERS}])"


HALF_WIDTH = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F) if not chr(wide).isalnum()} | {
    ord("　"): " ", ord("、"): ",", ord("。"): ".", ord("「"): '"', ord("」"): '"', ord("【"): "[", ord("】"): "]",
    ord("〔"): "[", ord("〕"): "]", ord("《"): "«", ord("》"): "»", ord("・"): "·", ord("،"): ",", ord("؛"): ";", ord("؟"): "?",
}  # fmt: skip


def half_width(text: str) -> str:
    """Return the text with ASCII punctuation: `：（，` -> `:(,`. Letters and digits do not change."""
    return text if text.isascii() else text.translate(HALF_WIDTH)
