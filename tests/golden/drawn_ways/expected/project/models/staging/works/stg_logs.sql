-- Grain: one row per log (log_id), the primary key of the source table
-- (tested).
with

source as (

    select * from {{ source('works', 'logs') }}

),

renamed as (

    select
        log_id,
        tenant_id,
        task_no,
        billed_to,
        hours

    from source

)

select * from renamed
