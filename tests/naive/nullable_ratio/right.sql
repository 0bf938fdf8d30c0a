select d.campaign_id, d.date, coalesce(c.order_value::double precision / nullif(d.spend, 0), 0) as share_of_spend
from marketing.campaigns_daily as d
left join (
    select attributed_campaign_id as campaign_id, date, avg(conversion_value) as order_value
    from marketing.conversions
    group by 1, 2
) as c using (campaign_id, date)
