-- One row per visit_id.
-- Why: (visit_id) is the key of the source table. The row count rests on the
-- key of visits, which is tested.
with

source as (

    select * from {{ source('crm', 'visits') }}

),

renamed as (

    select
        visit_id,
        customer_id,
        pages,
        seen

    from source

)

select * from renamed
