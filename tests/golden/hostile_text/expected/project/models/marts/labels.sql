-- Grain: one row per label, aggregated from things.
with

things as (

    select * from {{ ref('stg_things') }}

),

final as (

    select
        label,
        count(*) as things,
        count(*) filter (where note = '{{ "{{" }} x }}') as quoted

    from things

    group by 1

)

select * from final
