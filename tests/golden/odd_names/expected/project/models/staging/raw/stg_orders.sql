-- Grain: one row per order, the primary key of the source table (tested).
with

source as (

    select * from {{ source('raw', 'orders') }}

),

renamed as (

    select
        "order",
        "User",
        "select",
        "naïve col",
        a_column_whose_name_is_longer_than_the_sixty_three_bytes_that_f
            as a_column_whose_name_is_longer_than_the_sixty_three_byt_2b32dba1

    from source

)

select * from renamed
