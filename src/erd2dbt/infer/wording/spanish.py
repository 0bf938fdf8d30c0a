"""Spanish."""

from erd2dbt.infer.wording.language import Language, Says

SPANISH = Language(
    name="Spanish",
    endings=("es", "s"),
    negating=("im", "in", "no_"),
    is_head_first=True,
    phrases={
        Says.SUM: "suma|total|sumatorio|suma total|importe total|monto total",
        Says.COUNT: "numero|cantidad|cuenta|conteo|recuento|numero total|cuantos|cuantas|num|nro|n",
        Says.DISTINCT: "distintos|distintas|diferentes|unicos|unicas|numero de distintos|numero de distintas",
        Says.AVERAGE: "promedio|media|valor medio|medio",
        Says.MINIMUM: "minimo|minima|min|menor|mas bajo|mas baja",
        Says.MAXIMUM: "maximo|maxima|max|mayor|mas alto|mas alta",
        Says.FIRST: "primer|primero|primera|mas antiguo|mas antigua|inicial",
        Says.LAST: "ultimo|ultima|mas reciente|actual",
        Says.OF: "de|para|del|de la|de los|de las|de todos los|de todas las|por todos los|sobre|valor de|valores de",
        Says.FROM: "de|desde|tomado de|copiado de|igual que en|viene de|del|de la",
        Says.FILLER: "el|la|los|las|un|una|su|sus|es",
        Says.THERE: "hay|existen",
        Says.ALL: "todos|todas|todo|toda|todos los|todas las|cualquier",
        Says.WHERE: "donde|solo|solamente|unicamente|si|cuando|cuyo|cuya|cuyos|cuyas|solo donde|solo con"
        "|que sean|que son|filtrado por",
        Says.WITH: "con",
        Says.WITHOUT: "sin|excepto|excluyendo|salvo|menos los|menos las",
        Says.PER: "por|por cada|para cada|agrupado por",
        Says.BY: "por|segun|ordenado por|ordenados por|en orden de|basado en|en base a",
        Says.AND: "y|e|,|;",
        Says.OR: "o|u",
        Says.NOT: "no",
        Says.ELSE: "si no|resto|el resto|otro|otros|de lo contrario|en otro caso|los demas",
        Says.THEN: "entonces",
        Says.PLUS: "mas|y",
        Says.MINUS: "menos",
        Says.TIMES: "por|multiplicado por|x",
        Says.OVER: "entre|dividido por|dividido entre|sobre|por|a",
        Says.DIVIDED: "dividido por|dividido entre",
        Says.DIFFERENCE: "diferencia entre|diferencia de|diferencia",
        Says.SHARE: "proporcion|tasa|ratio|cuota|fraccion|participacion|parte",
        Says.PERCENT: "porcentaje|por ciento",
        Says.AS: "como",
        Says.DAYS: "dias entre|numero de dias entre|dias desde",
        Says.WITHIN: "en|de|entre|sobre|del total de|de todos los|de todas las|uno de",
        Says.AT_LEAST: "al menos|como minimo|desde|o mas|a partir de|no menos de",
        Says.AT_MOST: "como maximo|hasta|a lo sumo|no mas de",
        Says.ABOVE: "mas de|mayor que|mayor de|superior a|por encima de|despues de|posterior a|mas que",
        Says.BELOW: "menos de|menor que|menor de|inferior a|por debajo de|antes de|anterior a|menos que",
        Says.IS: "es|son|igual a|es igual a|esta|estan|sea|sean",
        Says.DIFFERS: "no es|no son|no esta|distinto de|diferente de|no sea|no igual a",
        Says.BETWEEN: "entre|esta entre|de",
        Says.MISSING: "nulo|nula|es nulo|es nula|vacio|vacia|esta vacio|esta vacia|null|es null|sin valor",
        Says.PRESENT: "no nulo|no es nulo|no es nula|no vacio|no esta vacio|no esta vacia|con valor",
        Says.TRUE: "verdadero|cierto|true",
        Says.FALSE: "falso|false",
        Says.TIME: "fecha|hora|dia|momento",
        Says.PURPOSE: "enriquece con|historial|perfil"
        "|agrega|agregar|agregado|agregados|agregada|agregacion|alimenta|carga|cargas|cargar|une|unir"
        "|unido con|union con|combina|combinado con|enriquece|enriquecido con|enriquecimiento|anade|resume"
        "|resumen|resumenes|consolida|calcula|calculo|calculado|deriva|derivado de|construye|crea|genera|produce"
        "|rellena|actualiza|actualizacion|transforma|transformacion|mapea|asigna|proporciona|suministra|usa"
        "|usado en|usado por|utiliza|lee|fluye a|va a|pasa a|flujo|hacia|via"
        "|metrica|metricas|medida|medidas|indicador|indicadores|estadistica|estadisticas|cifras"
        "|valor|valores|busqueda|consulta|referencia|referencias|dimension|dimensiones|hecho|hechos|fuente"
        "|fuentes|origen|depende de|pertenece a|copia|modelo|informe|informes|reporte|reportes|analisis|diario"
        "|diaria|diarios|diarias|semanal|semanales|mensual|mensuales|trimestral|anual|anuales|cada hora|cada dia"
        "|cada semana|cada mes|por hora|por dia|por semana|por mes|por trimestre|por ano|ingreso|ingresos|importe"
        "|importes|monto|montos|cantidades|costo|costos|coste|costes|precio|precios|gasto|gastos|ventas"
        "|facturacion|volumen",
        Says.DETAIL: "detalle|detalles|atributo|atributos|informacion|datos",
        Says.CURRENT: "actual",
        Says.DEDUPLICATES: "sin duplicados|deduplicado|deduplicada|deduplicados|deduplicadas|deduplicacion"
        "|elimina duplicados",
        Says.SNAPSHOT: "snapshot|snapshots|instantanea|foto",
        Says.RELATES: "tiene|tienen|tiene muchos|tiene muchas|tiene un|tiene una|contiene|consta de|es parte de"
        "|parte de|pertenece a",
    },
)
