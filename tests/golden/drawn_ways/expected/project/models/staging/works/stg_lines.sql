-- One row per basket_id and line.
-- Why: (basket_id, line) is the key of the source table. The row count rests on
-- the key of lines, which is tested.
with

source as (

    select * from {{ source('works', 'lines') }}

),

renamed as (

    select
        basket_id,
        line,
        picked_by,
        pieces

    from source

)

select * from renamed
