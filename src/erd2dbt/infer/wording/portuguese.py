"""Portuguese."""

from erd2dbt.infer.wording.language import Language, Says

PORTUGUESE = Language(
    name="Portuguese",
    endings=("ais:al", "oes:ao", "eis:el", "es", "s"),
    negating=("im", "in", "nao_"),
    is_head_first=True,
    phrases={
        Says.SUM: "soma|total|somatorio|soma total|valor total|somado",
        Says.COUNT: "numero|quantidade|contagem|conta|numero total|quantos|quantas|num|nro|n|qtd|qtde",
        Says.DISTINCT: "distintos|distintas|diferentes|unicos|unicas",
        Says.AVERAGE: "media|valor medio|medio",
        Says.MINIMUM: "minimo|minima|min|menor|mais baixo|mais baixa",
        Says.MAXIMUM: "maximo|maxima|max|maior|mais alto|mais alta",
        Says.FIRST: "primeiro|primeira|mais antigo|mais antiga|inicial",
        Says.LAST: "ultimo|ultima|mais recente|atual",
        Says.OF: "de|para|do|da|dos|das|de todos os|de todas as|sobre|valor de|valores de",
        Says.FROM: "de|do|da|dos|das|a partir de|copiado de|vem de|igual a em",
        Says.FILLER: "o|a|os|as|um|uma|seu|sua|seus|suas|e",
        Says.THERE: "ha|existem",
        Says.ALL: "todos|todas|todo|toda|todos os|todas as",
        Says.WHERE: "onde|so|somente|apenas|se|quando|cujo|cuja|cujos|cujas|apenas onde|apenas com|que sejam|que sao"
        "|filtrado por",
        Says.WITH: "com",
        Says.WITHOUT: "sem|exceto|excluindo|salvo|menos os|menos as",
        Says.PER: "por|por cada|para cada|agrupado por",
        Says.BY: "por|segundo|conforme|ordenado por|ordenados por|com base em|na ordem de",
        Says.AND: "e|,|;",
        Says.OR: "ou",
        Says.NOT: "nao",
        Says.ELSE: "senao|resto|o resto|outro|outros|caso contrario|os demais|demais",
        Says.THEN: "entao",
        Says.PLUS: "mais|e",
        Says.MINUS: "menos",
        Says.TIMES: "vezes|multiplicado por|x",
        Says.OVER: "dividido por|sobre|por|a",
        Says.DIVIDED: "dividido por",
        Says.DIFFERENCE: "diferenca entre|diferenca de|diferenca",
        Says.SHARE: "proporcao|taxa|razao|parcela|fracao|participacao",
        Says.PERCENT: "percentual|percentagem|porcentagem|por cento",
        Says.AS: "como",
        Says.DAYS: "dias entre|numero de dias entre|dias de",
        Says.WITHIN: "em|no|na|nos|nas|de|do|da|dos|das|entre|sobre|um de",
        Says.AT_LEAST: "pelo menos|no minimo|a partir de|desde|ou mais|nao menos de",
        Says.AT_MOST: "no maximo|ate|nao mais de",
        Says.ABOVE: "mais de|maior que|maior do que|superior a|acima de|depois de|apos|mais que",
        Says.BELOW: "menos de|menor que|menor do que|inferior a|abaixo de|antes de|menos que",
        Says.IS: "e|sao|igual a|e igual a|esta|estao|seja|sejam",
        Says.DIFFERS: "nao e|nao sao|nao esta|diferente de|nao seja|nao igual a",
        Says.BETWEEN: "entre|esta entre|de",
        Says.MISSING: "nulo|nula|e nulo|e nula|vazio|vazia|esta vazio|esta vazia|null|sem valor",
        Says.PRESENT: "nao nulo|nao e nulo|nao e nula|nao vazio|nao esta vazio|nao esta vazia|com valor",
        Says.TRUE: "verdadeiro|sim|true",
        Says.FALSE: "falso|false",
        Says.TIME: "data|hora|dia|momento",
        Says.PURPOSE: "enriquece com|historico|perfil"
        "|agrega|agregar|agregado|agregados|agregada|agregacao|alimenta|carga|cargas|carregar|carrega"
        "|junta|juntar|juncao|juncao com|combina|combinado com|enriquece|enriquecido com|enriquecimento|adiciona"
        "|resume|resumo|resumos|consolida|calcula|calculo|calculado|deriva|derivado de|constroi|cria|gera|produz"
        "|preenche|atualiza|atualizacao|transforma|transformacao|mapeia|fornece|usa|usado em|usado por|utiliza"
        "|flui para|vai para|fluxo|para|via|metrica"
        "|metricas|medida|medidas|indicador|indicadores|estatistica|estatisticas|valor|valores|busca|consulta"
        "|referencia|referencias|dimensao|dimensoes|fato|fatos|fonte|fontes|origem|depende de|pertence a|copia"
        "|modelo|relatorio|relatorios|analise|analises|diario|diaria|diarios|diarias|semanal|semanais|mensal"
        "|mensais|trimestral|anual|anuais|cada hora|cada dia|cada semana|cada mes|por hora|por dia|por semana"
        "|por mes|por trimestre|por ano|receita|receitas|montante|montantes|quantidades|custo|custos|preco|precos"
        "|gasto|gastos|despesa|despesas|vendas|faturamento|volume",
        Says.DETAIL: "detalhe|detalhes|atributo|atributos|informacao|informacoes|dados",
        Says.CURRENT: "atual",
        Says.DEDUPLICATES: "sem duplicados|sem duplicatas|deduplicado|deduplicada|deduplicados|deduplicadas"
        "|deduplicacao|remove duplicados|remove duplicatas",
        Says.SNAPSHOT: "snapshot|snapshots|instantaneo|foto",
        Says.RELATES: "tem|tem muitos|tem muitas|tem um|tem uma|contem|consiste em|faz parte de|parte de|pertence a",
    },
)
