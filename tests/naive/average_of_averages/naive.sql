select date, round(avg(duration), 6) as duration
from (select campaign_id, date, avg(session_duration_sec) as duration from marketing.sessions group by 1, 2) as daily
group by date
