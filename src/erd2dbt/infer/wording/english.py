"""English."""

from erd2dbt.infer.wording.language import Language, Says

ENGLISH = Language(
    name="English",
    comma=False,
    negating=("un", "non_"),
    phrases={
        Says.SUM: "sum|total|sums|totals|sum up|add up|added up|summed up|summed|sum total|total sum",
        Says.COUNT: "count|counts|number|total number|total count|how many|num|nr|no|nb|n|count number|number count",
        Says.DISTINCT: "distinct|unique|different|distinct count|unique count|count distinct|number of distinct"
        "|number of unique|number of different",
        Says.AVERAGE: "average|avg|mean|averages",
        Says.MINIMUM: "minimum|min|lowest|smallest|least",
        Says.MAXIMUM: "maximum|max|highest|largest|biggest|greatest",
        Says.FIRST: "first|earliest|initial|oldest|first touch|very first",
        Says.LAST: "last|latest|most recent|newest|last touch|current|very last",
        Says.OF: "of|for|over all|across|across all|over|value of|values of",
        Says.FROM: "from|taken from|copied from|same as|as in|comes from|looked up in|lookup from|lookup in|equals"
        "|carried from|carried over from|inherited from",
        Says.FILLER: "the|a|an|its|their|this|these|those|his|her|our|rows|records|row|record|is",
        Says.THERE: "there are|are there|there were|exist",
        Says.ALL: "all|any|overall|every|the whole|grand",
        Says.WHERE: "where|only where|only with|only|if|only if|when|whose|that are|which are|that were|only those"
        "|filter|filtered by|filtered on|limited to|for which|only for|provided that",
        Says.WITH: "with|having|that have|which have|those|just|given",
        Says.WITHOUT: "without|excluding|except|excl|excluding those|except for|except where|excluding where"
        "|not counting|ignoring|but not|all but|everything but",
        Says.PER: "per|for each|for every|grouped by|group by|by|each",
        Says.BY: "by|ordered by|order by|sorted by|in order of|based on|of|on|according to|using",
        Says.AND: "and|,|;|as well as|&",
        Says.OR: "or|either",
        Says.NOT: "not",
        Says.ELSE: "else|otherwise|rest|the rest|other|others|all others|all other|everything else|remaining|default",
        Says.THEN: "then",
        Says.PLUS: "plus|and|added to",
        Says.MINUS: "minus|less|net of",
        Says.TIMES: "times|multiplied by|multiplied with|x",
        Says.OVER: "divided by|over|per|by|to",
        Says.DIVIDED: "divided by",
        Says.DIFFERENCE: "difference between|difference of|difference",
        Says.SHARE: "share|rate|ratio|fraction|proportion|quotient",
        Says.PERCENT: "percent|percentage|pct",
        Says.AS: "as|as a|as the",
        Says.DAYS: "days between|number of days between|days from",
        Says.WITHIN: "in|of|among|within|out of|to|in all|of all|one of|any of",
        Says.AT_LEAST: "at least|or more|and above|and more|or above|from|not below|not less than|no less than|minimum",
        Says.AT_MOST: "at most|up to|not more than|no more than|not above|until|maximum",
        Says.ABOVE: "above|over|more than|greater than|higher than|after|later than|larger than|bigger than|exceeds",
        Says.BELOW: "below|under|less than|fewer than|lower than|smaller than|before|earlier than",
        Says.IS: "is|are|equals|equal to|is equal to|was|were",
        Says.DIFFERS: "is not|are not|isn t|not equal to|differs from|other than|is different from|not",
        Says.BETWEEN: "between|is between|from",
        Says.MISSING: "is null|null|is empty|empty|is missing|missing|is not set|not set|is blank|blank|are null",
        Says.PRESENT: "is not null|not null|is not empty|not empty|is set|set|is present|present|is filled|filled"
        "|exists|is known",
        Says.TRUE: "true|yes|is true",
        Says.FALSE: "false|is false",
        Says.TIME: "date|time|day|timestamp|datetime",
        Says.PURPOSE: "one row per|one record per|left join|joins on|through|keyed by|adds|sums up|history"
        "|profile|profiles|pivot|pivots|union|unions|renames|incremental load|full refresh|nightly run"
        "|reporting layer|layer|main source|used for|merge|view|made from"
        "|aggregate|aggregates|aggregated|aggregated by|aggregation|aggregations|feeds into|fed by|loads"
        "|loaded|loads into|joined|joined with|joined to|joins to|joins with|combines|combined|combined with"
        "|merges|merged with|merged into|enrich|enriches|enriched|enriched with|enriched by|enrichment|roll up"
        "|rolls up|rolled up|rollups|summary|summaries|summarise|summarises|summarised|summarize|summarizes"
        "|summarized|compute|computes|computed|calculate|calculates|calculated|derive|derives|derived"
        "|derived from|build|builds|built|built from|create|creates|generate|generates|produce|produces|populate"
        "|populates|refresh|refreshes|update|updates|transform|transforms|transformation|map|maps|mapped|mapping"
        "|provide|provides|supply|supplies|uses|used by|used in|reads|read by|flow|flows|flows to|flows into"
        "|goes into|goes to|into|to|via|metric|metrics"
        "|measure|measures|statistics|figures|value|values|list|lists|look up|looks up|lookups|reference|references"
        "|refers to|dimension|dimensions|fact|facts|source|sources|depends on|dependency|belongs to|copy|copies"
        "|pass through|passes through|passed through|carries|carry over|model|models|report|reports|analysis"
        "|analytics|hourly|daily|nightly|weekly|monthly|quarterly|yearly|annual|per hour|per day|per week"
        "|per month|per quarter|per year|by hour|by day|by week|by month|by quarter|by year|every hour|every day"
        "|every night|revenue|amount|amounts|quantity|quantities|cost|costs|price|prices|spend|spending|sales"
        "|turnover|income|profit|volume|volumes",
        Says.DETAIL: "detail|details|attribute|attributes|information|data",
        Says.CURRENT: "current",
        Says.DEDUPLICATES: "deduplicated|deduplicate|deduplicates|deduplication|without duplicates|no duplicates"
        "|removes duplicates|remove duplicates|duplicates removed|distinct rows|unique rows",
        Says.SNAPSHOT: "snapshot|snapshots|point in time copy",
        Says.RELATES: "has|have|has many|has one|has multiple|contains|contain|consists of|is part of|part of"
        "|belongs to|belong to|owns|places|placed by|buys|bought by|makes|made by|fk|foreign key",
    },
)
