-- One row per date.
-- Why: (date) is the key of the source table. The row count rests on the key of
-- dates, which is tested.
with

source as (

    select * from {{ source('shop', 'dates') }}

),

renamed as (

    select
        date,
        week

    from source

)

select * from renamed
