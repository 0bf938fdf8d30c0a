select customers.user_id, customers.revenue, touches.channel
from (select user_id, sum(conversion_value) as revenue from marketing.conversions group by 1) as customers
left join marketing.attribution_touchpoints as touches
    on touches.user_id = customers.user_id and touches.touchpoint_position = 1
