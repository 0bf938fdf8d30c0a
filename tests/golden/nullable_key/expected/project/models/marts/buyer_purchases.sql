-- Grain: one row per buyer, aggregated from purchases.
with

purchases as (

    select * from {{ ref('stg_purchases') }}

),

final as (

    select
        buyer,
        count(*) as purchases,
        coalesce(sum(amount), 0)::numeric(38, 2) as amount

    from purchases

    group by 1

)

select * from final
