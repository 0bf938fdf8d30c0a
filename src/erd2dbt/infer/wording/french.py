"""French."""

from erd2dbt.infer.wording.language import Language, Says

FRENCH = Language(
    name="French",
    endings=("aux:al", "s", "x", "es", "e"),
    negating=("im", "in", "non_"),
    is_head_first=True,
    phrases={
        Says.SUM: "somme|total|somme totale|cumul|montant total|totale",
        Says.COUNT: "nombre|nombre total|compte|compter|comptage|combien|nb|nbre|n",
        Says.DISTINCT: "distincts|distinctes|differents|differentes|uniques|unique",
        Says.AVERAGE: "moyenne|moyen|valeur moyenne|moy",
        Says.MINIMUM: "minimum|min|minimal|minimale|plus petit|plus petite|plus bas|plus basse|plus faible",
        Says.MAXIMUM: "maximum|max|maximal|maximale|plus grand|plus grande|plus haut|plus haute|plus eleve|plus elevee",
        Says.FIRST: "premier|premiere|plus ancien|plus ancienne|initial|initiale",
        Says.LAST: "dernier|derniere|plus recent|plus recente|actuel|actuelle",
        Says.OF: "de|du|des|de la|de l|d|pour|de toutes les|de tous les|sur|valeur de|valeurs de",
        Says.FROM: "de|du|des|depuis|d|copie de|vient de|identique a|repris de",
        Says.FILLER: "le|la|les|l|un|une|son|sa|ses|est",
        Says.THERE: "il y a",
        Says.ALL: "tous|toutes|tout|toute|tous les|toutes les",
        Says.WHERE: "ou|dont|seulement|uniquement|si|quand|lorsque|seulement si|seulement ou|qui sont"
        "|filtre sur|filtre par",
        Says.WITH: "avec|ayant",
        Says.WITHOUT: "sans|sauf|hors|excepte|a l exclusion de|excluant|en excluant",
        Says.PER: "par|pour chaque|groupe par|regroupe par|chaque",
        Says.BY: "par|selon|trie par|tries par|ordonne par|d apres|sur la base de|en fonction de",
        Says.AND: "et|,|;|ainsi que",
        Says.OR: "ou|soit",
        Says.NOT: "non|pas",
        Says.ELSE: "sinon|reste|le reste|autre|autres|tous les autres|autrement",
        Says.THEN: "alors",
        Says.PLUS: "plus|et",
        Says.MINUS: "moins",
        Says.TIMES: "fois|multiplie par|x",
        Says.OVER: "divise par|sur|par",
        Says.DIVIDED: "divise par",
        Says.DIFFERENCE: "difference entre|difference de|difference|ecart entre",
        Says.SHARE: "part|taux|ratio|proportion|quotient|rapport",
        Says.PERCENT: "pourcentage|pour cent",
        Says.AS: "en|comme|en tant que",
        Says.DAYS: "jours entre|nombre de jours entre|jours de",
        Says.WITHIN: "dans|sur|parmi|de|des|du|d|a|en",
        Says.AT_LEAST: "au moins|a partir de|des|ou plus|et plus|pas moins de",
        Says.AT_MOST: "au plus|jusqu a|pas plus de",
        Says.ABOVE: "plus de|superieur a|superieure a|plus grand que|au dessus de|apres",
        Says.BELOW: "moins de|inferieur a|inferieure a|plus petit que|au dessous de|en dessous de|avant|sous",
        Says.IS: "est|sont|egal a|egale a|est egal a",
        Says.DIFFERS: "n est pas|ne sont pas|different de|differente de|n est pas egal a",
        Says.BETWEEN: "entre|est entre|de",
        Says.MISSING: "null|nul|est null|est nul|vide|est vide|absent|manquant",
        Says.PRESENT: "non null|n est pas null|non vide|n est pas vide|renseigne|est renseigne|present",
        Says.TRUE: "vrai|oui|true",
        Says.FALSE: "faux|non|false",
        Says.TIME: "date|heure|jour|moment",
        Says.PURPOSE: "enrichit avec|historique|profil"
        "|agrege|agreger|agregee|agregees|agreges|agregat|agregats|agregation|alimente|alimentation|charge"
        "|charger|chargement|joint|jointure|jointure avec|combine|combine avec|enrichit|enrichi|enrichi avec"
        "|enrichissement|synthese|consolide|consolidation|calcule|calcul|calculs|derive|derive de|construit"
        "|genere|remplit|met a jour|mise a jour|transforme|transformation|mappe|correspondance|fournit"
        "|utilise par|utilise dans|lit|flux|va vers|vers|via|metrique|metriques|mesure|mesures|indicateur|indicateurs"
        "|statistique|statistiques|chiffres|valeur|valeurs|recherche|reference|references|dimension|dimensions|fait|faits"
        "|source|sources|depend de|appartient a|copie|modele|rapport|rapports|analyse|analyses|quotidien"
        "|quotidienne|quotidiens|quotidiennes|journalier|journaliere|journaliers|journalieres|hebdomadaire"
        "|mensuel|mensuelle|mensuels|mensuelles|trimestriel|trimestrielle|annuel|annuelle|par heure|par jour"
        "|par semaine|par mois|par trimestre|par an|chaque jour|chaque nuit|chiffre d affaires|revenu|revenus"
        "|montant|montants|quantite|quantites|cout|couts|prix|depense|depenses|ventes|volume",
        Says.DETAIL: "detail|details|attribut|attributs|information|informations|donnee|donnees",
        Says.CURRENT: "actuel|actuelle",
        Says.DEDUPLICATES: "sans doublons|sans doublon|dedoublonne|dedoublonnee|dedoublonnes|dedoublonnees"
        "|dedoublonnage|supprime les doublons",
        Says.SNAPSHOT: "snapshot|snapshots|instantane|cliche",
        Says.RELATES: "a|ont|a un|a une|a plusieurs|possede|possede plusieurs|contient|fait partie de|partie de"
        "|appartient a",
    },
)
