"""German."""

from erd2dbt.infer.wording.language import Language, Says

GERMAN = Language(
    name="German",
    endings=("en", "er", "es", "em", "e", "n", "s"),
    negating=("un", "nicht_"),
    is_verb_last=True,
    joints=("", "s", "es", "n", "en", "er"),
    phrases={
        Says.SUM: "summe|gesamt|gesamte|gesamter|gesamtes|summiert|addiert|insgesamt|total",
        Says.COUNT: "anzahl|zahl|gesamtzahl|gesamtanzahl|wie viele|wieviele|anz|nr|zahle",
        Says.DISTINCT: "verschiedene|verschiedener|unterschiedliche|unterschiedlicher|eindeutige|eindeutiger"
        "|anzahl verschiedener|anzahl unterschiedlicher|anzahl verschiedene|anzahl eindeutiger|anzahl unterschiedliche",
        Says.AVERAGE: "durchschnitt|durchschnittlich|durchschnittliche|durchschnittlicher|durchschnittliches|mittelwert"
        "|mittel|mittlere|mittlerer|mittleres",
        Says.MINIMUM: "minimum|min|kleinste|kleinster|kleinstes|niedrigste|niedrigster|niedrigstes|geringste",
        Says.MAXIMUM: "maximum|max|grosste|grosster|grosstes|hochste|hochster|hochstes",
        Says.FIRST: "erste|erster|erstes|ersten|fruheste|fruhester|fruhestes|fruhesten|alteste|altester",
        Says.LAST: "letzte|letzter|letztes|letzten|neueste|neuester|neuestes|neuesten|jungste|jungster|jungsten"
        "|aktuelle|aktueller|aktuelles|aktuellen|spateste|spatester",
        Says.OF: "der|des|von|vom|aller|fur|bei|uber alle|uber|wert der|wert von",
        Says.FROM: "aus|von|vom|ubernommen aus|wie in|kopiert aus|aus der|aus dem",
        Says.FILLER: "der|die|das|den|dem|des|ein|eine|einer|eines|ist",
        Says.THERE: "es gibt",
        Says.ALL: "alle|aller|allen|gesamten|jede|jeder",
        Says.WHERE: "wo|wobei|nur|nur wo|nur mit|falls|wenn|sofern|deren|fur die|fur die gilt"
        "|gefiltert auf|gefiltert nach",
        Says.WITH: "mit",
        Says.WITHOUT: "ohne|ausser|exklusive|exkl|ausgenommen|ausschliesslich",
        Says.PER: "pro|je|fur jede|fur jeden|fur jedes|gruppiert nach|nach",
        Says.BY: "nach|sortiert nach|geordnet nach|anhand|auf basis von|basierend auf|gemass",
        Says.AND: "und|,|;|sowie",
        Says.OR: "oder|entweder",
        Says.NOT: "nicht|kein|keine",
        Says.ELSE: "sonst|andernfalls|rest|ubrige|alle anderen|der rest|ansonsten",
        Says.THEN: "dann",
        Says.PLUS: "plus|und|zuzuglich",
        Says.MINUS: "minus|abzuglich|weniger",
        Says.TIMES: "mal|multipliziert mit|x",
        Says.OVER: "durch|geteilt durch|dividiert durch|pro|je|zu",
        Says.DIVIDED: "durch|geteilt durch|dividiert durch",
        Says.DIFFERENCE: "differenz zwischen|differenz von|differenz aus|differenz|unterschied zwischen",
        Says.SHARE: "anteil|quote|rate|verhaltnis|quotient",
        Says.PERCENT: "prozent|prozentsatz|prozentualer anteil|prozentanteil",
        Says.AS: "als",
        Says.DAYS: "tage zwischen|anzahl der tage zwischen|anzahl tage zwischen|tage von",
        Says.WITHIN: "in|an|an allen|von|von allen|in allen|zu|unter|eines von",
        Says.AT_LEAST: "mindestens|ab|von|oder mehr|und mehr|und daruber|nicht unter",
        Says.AT_MOST: "hochstens|maximal|bis|bis zu|nicht uber",
        Says.ABOVE: "uber|mehr als|grosser als|hoher als|nach|spater als",
        Says.BELOW: "unter|weniger als|kleiner als|niedriger als|vor|fruher als",
        Says.IS: "ist|sind|gleich|ist gleich|war|waren",
        Says.DIFFERS: "ist nicht|sind nicht|ungleich|nicht gleich|nicht",
        Says.BETWEEN: "zwischen|liegt zwischen|von",
        Says.MISSING: "leer|ist leer|ist null|null|fehlt|nicht gesetzt|ist nicht gesetzt",
        Says.PRESENT: "nicht leer|ist nicht leer|ist nicht null|nicht null|gesetzt|ist gesetzt|vorhanden",
        Says.TRUE: "wahr|ja|ist wahr",
        Says.FALSE: "falsch|nein",
        Says.TIME: "datum|zeit|tag|zeitpunkt",
        Says.PURPOSE: "wird aggregiert|werden aggregiert|wird berechnet|wird geladen|historie|profil"
        "|aggregiert|aggregieren|aggregation|aggregat|verdichtet|verdichtung|speist|beliefert|liefert|ladt"
        "|laden|ladung|beladt|beladung|verknupft|verknupft mit|verbindet|verbunden mit|kombiniert|erganzt"
        "|erganzt um|angereichert|angereichert mit|reichert an|anreicherung|zusammenfassung|fasst zusammen"
        "|zusammengefasst|berechnet|berechnung|ermittelt|abgeleitet|leitet ab|baut|erzeugt|fullt|befullt"
        "|befullung|aktualisierung|transformiert|transformation|bildet ab|zuordnung|liest|fliesst in|geht in"
        "|fluss|datenfluss|kennzahl|kennzahlen"
        "|metrik|metriken|masse|statistik|statistiken|zahlen|wert|werte|nachschlagen|referenz|referenziert"
        "|verweis|dimension|dimensionen|fakt|fakten|quelle|quellen|hangt ab von|gehort zu|kopie|kopiert|modell"
        "|bericht|berichte|berichtswesen|auswertung|auswertungen|analyse|stundlich|taglich|tagliche"
        "|taglicher|nachtlich|nachtliche|wochentlich|wochentliche|monatlich|monatliche|monatlicher"
        "|vierteljahrlich|jahrlich|jahrliche|pro stunde|pro tag|pro woche|pro monat|pro quartal|pro jahr|je tag"
        "|je woche|je monat|je quartal|je jahr|umsatz|umsatze|betrag|betrage|menge|mengen|kosten|preis|preise"
        "|erlos|erlose|ausgaben|gewinn",
        Says.DETAIL: "detail|details|attribut|attribute|attributen|angaben|informationen|daten|stammdaten",
        Says.CURRENT: "aktuelle|aktueller|aktuelles|aktuellen",
        Says.DEDUPLICATES: "dedupliziert|deduplizierung|ohne duplikate|ohne dubletten|bereinigt um duplikate"
        "|dubletten entfernt|duplikate entfernt",
        Says.SNAPSHOT: "snapshot|snapshots|momentaufnahme|schnappschuss|stichtagsabzug",
        Says.RELATES: "hat|haben|hat viele|hat mehrere|hat ein|hat eine|enthalt|besteht aus|ist teil von"
        "|teil von|gehort zu",
    },
)
