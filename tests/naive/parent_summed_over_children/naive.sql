select s.date, sum(c.spend) as spend
from marketing.sessions as s
join marketing.campaigns_daily as c on c.campaign_id = s.campaign_id and c.date = s.date
group by s.date
