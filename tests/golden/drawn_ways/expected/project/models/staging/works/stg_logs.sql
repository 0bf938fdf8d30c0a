-- One row per log_id.
-- Why: (log_id) is the key of the source table. The row count rests on the key
-- of logs, which is tested.
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
