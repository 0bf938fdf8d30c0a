select s.campaign_id, count(s.session_id) as sessions, sum(c.conversion_value) as revenue
from marketing.sessions as s
left join marketing.conversions as c on c.attributed_campaign_id = s.campaign_id
group by s.campaign_id
