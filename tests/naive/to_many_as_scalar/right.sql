select customers.user_id, customers.revenue, touches.channel
from (select user_id, sum(conversion_value) as revenue from marketing.conversions group by 1) as customers
left join (
    select distinct on (user_id) user_id, channel
    from marketing.attribution_touchpoints
    where touchpoint_position = 1
    order by user_id, timestamp, touchpoint_id
) as touches on touches.user_id = customers.user_id
