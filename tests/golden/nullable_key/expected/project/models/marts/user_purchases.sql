-- Grain: one row per user (user_id), aggregated from purchases.
with

purchases as (

    select * from {{ ref('stg_purchases') }}

),

final as (

    select
        user_id,
        count(*) as purchases,
        coalesce(sum(amount), 0)::numeric(38, 2) as amount

    from purchases

    where user_id is not null

    group by 1

)

select * from final
