select totals.user_id, totals.revenue, labels.device_type as device
from (select user_id, sum(conversion_value) as revenue from marketing.conversions group by 1) as totals
left join (
    select distinct on (user_id) user_id, device_type
    from marketing.sessions
    order by user_id, session_start, session_id
) as labels using (user_id)
