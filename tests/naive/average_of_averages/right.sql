select date, round(avg(session_duration_sec), 6) as duration from marketing.sessions group by date
