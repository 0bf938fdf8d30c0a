select totals.user_id, totals.revenue, labels.device_type as device
from (select user_id, sum(conversion_value) as revenue from marketing.conversions group by 1) as totals
left join (select distinct user_id, device_type from marketing.sessions) as labels using (user_id)
