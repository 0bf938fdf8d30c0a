select s.campaign_id, s.sessions, c.revenue
from (select campaign_id, count(*) as sessions from marketing.sessions group by 1) as s
left join (
    select attributed_campaign_id as campaign_id, sum(conversion_value) as revenue
    from marketing.conversions
    group by 1
) as c using (campaign_id)
