select date, sum(users)::bigint as users
from (select campaign_id, date, count(distinct user_id) as users from marketing.sessions group by 1, 2) as daily
group by date
