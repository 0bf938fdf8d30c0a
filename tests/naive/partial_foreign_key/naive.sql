select s.session_id, c.daily_budget
from marketing.sessions as s
left join marketing.campaigns_daily as c on c.campaign_id = s.campaign_id
