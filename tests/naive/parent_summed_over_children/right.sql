select date, sum(spend) as spend
from marketing.campaigns_daily as c
where exists (select 1 from marketing.sessions as s where s.campaign_id = c.campaign_id and s.date = c.date)
group by date
