select date, count(distinct user_id) as users from marketing.sessions group by date
