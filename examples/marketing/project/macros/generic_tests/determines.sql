{# Rows that agree in `columns` also agree in `determines`. NULL counts as a value. #}
{% test determines(model, columns, determines) %}

select {{ columns | join(', ') }}
from {{ model }}
group by {{ columns | join(', ') }}
having
    {% for column in determines -%}
    count(distinct {{ column }})
    + max(case when {{ column }} is null then 1 else 0 end) > 1
    {%- if not loop.last %} or {% endif %}
    {% endfor %}

{% endtest %}
