-- One row per user_id.
-- Why: group by user_id.
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
