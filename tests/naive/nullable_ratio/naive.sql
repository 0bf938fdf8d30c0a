select d.campaign_id, d.date, c.order_value::double precision / d.spend as share_of_spend
from marketing.campaigns_daily as d
left join (
    select attributed_campaign_id as campaign_id, date, avg(conversion_value) as order_value
    from marketing.conversions
    group by 1, 2
) as c using (campaign_id, date)
where d.spend > 0
