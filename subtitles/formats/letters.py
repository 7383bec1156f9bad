"""How languages are written beyond ASCII: their letters by commonness, and their charsets.

Letters are in groups divided by `|`; each group is about half as common as the one before it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

WEST: Final = "cp1252 iso-8859-15 mac_roman cp850 cp858 cp437"
CENTRAL: Final = "cp1250 iso-8859-2 cp852 mac_latin2"
CYRILLIC: Final = "cp1251 koi8-r iso-8859-5 cp866 mac_cyrillic cp855"
BALTIC: Final = "cp1257 iso-8859-13 iso-8859-4 cp775 mac_latin2 iso-8859-10"
TURKIC: Final = "cp1254 cp857 mac_turkish iso-8859-3"
ARABIC: Final = "cp1256 iso-8859-6 cp720 mac_arabic cp864"
PERSIAN: Final = "cp1256 mac_farsi iso-8859-6 cp720"
CHINESE: Final = "gb18030 big5hkscs cp950"


class Model(NamedTuple):
    """One way to write a language."""

    letters: str
    charsets: str  # names of codecs, likelier ones first


MODELS: Final[dict[str, Model]] = {
    # Latin, western
    "en": Model("é||||áèñüçï|êóöàâíô|äãîëœ|æåø", WEST),
    "fr": Model("é||à|èê|ç|ô|âîùû|œ|ïë||||æüÿ", f"{WEST} cp863"),
    "es": Model("óí|áé|ñú||||||ü||||à|ç", WEST),
    "pt": Model("ã|éçá|íêó|úõà||âô|||||ü|ñ", f"{WEST} cp860"),
    "it": Model("è|à|ùò|éì|||||||îíóú", WEST),
    "ca": Model("éó|àíè|çúò|·|ï|ü|á|ñ", WEST),
    "gl": Model("ó|áúíé|ñ|||||ü|ï", WEST),
    "ast": Model("óá|íúéñ||||ü||ḥ", WEST),
    "eu": Model("ñ|éó|íáú|ü|ç", WEST),
    "oc": Model("ò|é|èàí|ç|óá|·|ïúñü|ü", WEST),
    "de": Model("ü|äö|ß|||||||é||à|çèáêôñ", f"{WEST} cp1250 cp852"),
    "nl": Model("éë||ï|è|ó|üöá|çàêâí||ñûîôä", WEST),
    "af": Model("ë|ê|é||ô|óïèü||û|îö", WEST),
    "fy": Model("âô|û|ê|ú|éë|ö|ïä", WEST),
    "lb": Model("éä|ë||é||ü|öèêôûç", WEST),
    "da": Model("å|æø|||||é|||||üöä", f"{WEST} cp865"),
    "nb": Model("å|ø||æ|||||éò|||üöèäô", f"{WEST} cp865"),
    "sv": Model("äå|ö|||||||éà||ü", f"{WEST} cp865 iso-8859-4 iso-8859-10"),
    "fi": Model("ä|||ö|||||||éåšž|||ü", f"{WEST} cp865 iso-8859-4 iso-8859-10 cp775"),
    "is": Model("ð|íáþ|óæöúé||ý", "cp1252 iso-8859-15 mac_iceland cp850 cp861 iso-8859-10 cp858"),
    "fo": Model("ð|íáø|æóúý|||ö", "cp1252 iso-8859-15 mac_iceland cp850 cp861 iso-8859-10 cp858"),
    "ga": Model("áí|éú|ó|||||||ḃċḋḟġṁṗṡṫ", f"{WEST} iso-8859-14"),
    "gd": Model("à|ì|òè|ù|||éóá", f"{WEST} iso-8859-14"),
    "cy": Model("âô|ŵ|ŷêî|ëïö|ûáéè|óíàò|ẁẃẅỳý", f"{WEST} iso-8859-14"),
    "br": Model("ñ|ùê|éâ|î|ôûüëö", WEST),
    "sq": Model("ë||||ç|||||||öüé", f"{WEST} cp1250 iso-8859-2 cp852"),
    # Latin, central and south-eastern
    "cs": Model("íá|ěžř|éčšý|ů||ú|ňďť|ó|||||öüä", CENTRAL),
    "sk": Model("á|žčýíšéúť|ľ|ôď|ňóä|||ĺ|ŕ|||öüěř", CENTRAL),
    "pl": Model("łę|żąóść||ń|ź|||||||éüö", f"{CENTRAL} iso-8859-16 iso-8859-13 cp1257 cp775"),
    "hu": Model("éá||óöő|üíú|ű", f"{CENTRAL} iso-8859-16"),
    "sl": Model("čš|ž||||||||||üćđöé", f"{CENTRAL} mac_croatian iso-8859-16"),
    "hr": Model("šč|žć|đ||||||||éöü", f"{CENTRAL} mac_croatian iso-8859-16"),
    "ro": Model("ă|șşî|țţâ||||||||ã|öéáü", "cp1250 iso-8859-2 iso-8859-16 cp852 mac_romanian"),
    "dsb": Model("ś|óěłšć|žź|ń||ŕ||é", CENTRAL),
    "hsb": Model("ć|šłě|óžčźř|ń", CENTRAL),
    # Latin, elsewhere
    "tr": Model("ı|üş|çğö||İ||||â||î||ûé", TURKIC),
    "az": Model("ə||ıü|şç|ğö|İ", TURKIC),
    "ku": Model("ê|î|û|ş|ç||ü", TURKIC),
    "tk": Model("ý|ňşçü|öä||||||ž", TURKIC),
    "lt": Model("ėųš|žąį|ūč|ę", BALTIC),
    "lv": Model("ā|īē|š|ūņ|ļ|žķģ|č|||||ŗō", BALTIC),
    "et": Model("äõü||ö||||šž||||éå", f"cp1257 cp1252 {BALTIC} iso-8859-15 cp850 mac_roman"),
    "se": Model("á|š|čđ|ŧŋž|||åäöø|æ", "iso-8859-10 iso-8859-4 cp775 cp1252"),
    "mt": Model("ħż|ġċ||à|òùèì||é", "iso-8859-3"),
    "eo": Model("ĝ|ĉŭŝ||ĵ|ĥ||||é", "iso-8859-3"),
    "vi": Model("đà|ưá|ôếạóộêảệấốớờủểâìợ|ềậịầơíọựởúãứăữắ|"
                "ụồừổòặùửỉũẽ|ýỏằĩéễẩẫỗẹ|ỹẻỳẳõ|ỷỡè|ẵẵỵỷỳ", "cp1258"),
    # Cyrillic
    "ru": Model("оеа|итнсрвл|кдмпуя|ыьгбзчй|жхшю|цэщф||ё||ъ", CYRILLIC),
    "uk": Model("оан|іивтерскуд|лмпзяьб|гйчцхжї|юшщє|ф||||ґ|ыэёъ",
                "cp1251 koi8-u iso-8859-5 cp1125 cp866 mac_cyrillic cp855"),
    "be": Model("а|н|іелысркятпдцьвм|зоубўэч|гшй|хжюё||ф||ґ", CYRILLIC),
    "bg": Model("а|оеитнсвр|дклмп|зяъгбчу|щжй|цхш|ф|ю|||ьѝ", CYRILLIC),
    "mk": Model("ао|еинт|сдрвкмлп|угјзб|шчц|жќ|фњ|ѓх||џ|љ||ѕ||ѐѝ", CYRILLIC),
    "sr": Model("аие|онтрс|дкмвулпј|збг|шцчњж|љћх|ђф||||џ", CYRILLIC),
    "kk": Model("ае|ітнрылсд|бзқомкуңи|гжөшйұғпү|яә|въ|фх|цэюь|||чщһё", "kz1048 ptcp154"),
    "tg": Model("а|оирдн|тмусебк|ҳлшвз|ӣхфқгяй|ҷъп|ғёӯ|чэю|||ж", "koi8-t ptcp154"),
    "tt": Model("еа|лтнрәгксыи|бзм|уоүдйө|шчпхявңф|ьюһэъҗ|ц||ж", "ptcp154 kz1048"),
    # Other scripts
    "el": Model("ατοσ|ιενρπκς|μηυλίάόέ|γδωήχθ|ύφώβ|ξζ|ψ|||ϊ||ϋΐ|ΰ",
                "cp1253 iso-8859-7 cp737 mac_greek cp869"),
    "he": Model("יוה|לאתרבמש|ענםדכחק|פסןגזצט|ך||ףץ", "cp1255 iso-8859-8 cp862 cp856"),
    "yi": Model("יוע|נרטדלס|אגמפשבח|קזכהןצ|םץךףת||װױײ", "cp1255 cp862"),
    "ar": Model("ال|يمن|ورتعبدةفه|كسأقحج|ىصشطخذإ|ضثزغءئ|ظ|آؤ||ًّ|َُِْ", ARABIC),
    "fa": Model("ا|یيرندهوم|بتسکكشل|زفخگ|عقجحپ|آچطص|ضغظ|ذثئ|ژ|\u200c|أ", PERSIAN),
    "ur": Model("ای|کروہےنم|تلسبںد|پجھگع|ئفقشحزخٹچص|آطڈ|ڑضظغ|ذث|ؤ|هيء|ىك", PERSIAN),
    "ckb": Model("ە|اینو|رتکبێد|مڕسۆپله|گئڵشژز|چخج|ف|||قڤ||عح", PERSIAN),
    "ug": Model("ى|اەلتن|ركئۇمقس|بشدوۈيزچېپڭگ|ۆۋغھ|جخ||ف", PERSIAN),
    "th": Model("านร|อเกง่มัียวล้ทิ|สดตปะหบคแพจ์ื|ชข็ใุโูศไำ|ึซษถภธณผ|ญฟ|ฐฤฮฉๆ|ฝฏฎฒ|๊ฑฬ|๋ฯ", "cp874"),
}  # fmt: skip
# Languages that are written as another one is, as far as a charset goes.
ALIKE: Final = {
    **dict.fromkeys(("bs", "sh", "hbs", "cnr", "me"), ("hr", "sr")),
    "sr": ("sr", "hr"),
    "no": ("nb",), "nn": ("nb",), "iw": ("he",), "ji": ("yi",), "mo": ("ro",), "gsw": ("de",),
    "nds": ("de",), "als": ("de",), "ltg": ("lv",), "szl": ("pl",), "csb": ("pl",), "prs": ("fa",),
    "ps": ("fa", "ur"), "arq": ("ar",), "aeb": ("ar",), "ary": ("ar",), "arz": ("ar",),
    "ks": ("ur",), "sd": ("ur",), "skr": ("ur",), "pnb": ("ur",), "crh": ("tr",), "ba": ("tt",),
    "ky": ("kk", "ru"), "uz": ("ru", "tr"), "mn": ("ru",), "ce": ("ru",), "os": ("ru",),
    "cv": ("ru",), "udm": ("ru",), "rue": ("uk",), "an": ("es",), "qu": ("es",), "gn": ("es",),
    "kl": ("da",), "fil": ("es",), "tl": ("es",), "kmr": ("ku",), "vls": ("nl",), "wa": ("fr",),
    "ht": ("fr",), "rm": ("de", "it"), "fur": ("it",), "sc": ("it",), "scn": ("it",), "co": ("it",),
    "sco": ("en",), "kw": ("en",), "gv": ("en",), "li": ("nl",), "fro": ("fr",), "ie": ("fr",),
    **dict.fromkeys(("id", "ms", "swa", "sw", "jv", "su", "ceb", "so", "hau", "ha"), ("en",)),
    **dict.fromkeys(("yor", "zu", "xh", "rw", "la", "ia", "io", "tlh"), ("en",)),
    "smi": ("se",), "sme": ("se",), "cel": ("cy",),
}  # fmt: skip

# The commonest characters of the Asian languages, commonest first. What is simplified and what is
# traditional stands in two lists; the second has only what differs.
HANZI: Final = (
    "的是一在不人有了我国这为中个大会们他来和年上以要到时对么能你就发可地生家出也说于学后成与过"
    "行用日多自现都没作下得开经还法动好方而公子事分之民主里政看吗本月所天新业同全定部最其进如前"
    "机美那当工关实小被但因长样理等什道去些面很心间区内电然力起体只着从并者高加想文问种员重及点"
    "将意合产三外由市无女已制网第情场名应西代正表真此位题相明资计建利系化期特性度果次给让两通教"
    "任比该东活手世提或使她物数立认怎知结入更总务话斯统目社展战做设安别信影己受解军司回把保平常"
    "见向海变报治台爱品北何接界论组件权选府议少它共运车至记又原金身式老路决科联视口处各持站量交"
    "万直反南打据基始再快水门十感程导传院才放今术强元完号图规改管划亚领际单头二尔需布达队片求非"
    "历每书指马广党几太先带游城办球色觉义级师专类约集告技团取儿参克史服格候调包请德必拉乐许造确"
    "气难吧收证称语山死线示条像流命根则近济京听英士价推标举争友干支委四续况准形男望官且走失言备"
    "容观华港质案钱查整未费空转较众神商风校字香啊首州料育创织却照亲识消研离具算欢哪型注源护连节"
    "周即投获音清增供五孩光项张息白构省律声演农究器边步喜局医象写除境思赛装谁跟便杀击响职助易版"
    "希属住洲巴"
)
TRADITIONAL: Final = (
    "國這爲個會們來時對麼發說於學後與過現沒開經還動裏嗎業進機當關實長樣間區內電體從並問種員點將"
    "產無網場應題資計給讓兩該東數認結總務話統戰設別軍見變報臺愛論組權選議運車記決聯視處萬據門導"
    "傳術強號圖規劃亞領際單頭爾達隊歷書馬廣黨幾帶遊辦覺義級師專類約團兒參調請樂許確氣難證稱語線"
    "條則濟聽價標舉爭續況準備觀華質錢費轉較衆風創織卻親識離歡護連節獲項張構聲農邊醫寫賽裝誰殺擊"
    "響職屬妳哪裡麽啦嗎呢吧"
)
KANJI: Final = (
    "人日大本出見一分時事中言思年行間気生自方上会子今前者的入月手国作合来何女全最無場動用目後発"
    "学話定当理高感性部地回新画使下実私物体知通力家同名対度業良多持開代金意内長関変所数戦要外社"
    "以取化明現食法結心世不好成俺楽味考能小立機書初面期少様田付違先員車山市解問連報近安番記加公"
    "売仕神教界特主表信東品電聞選終題悪必正二強男続真死道料決語他可野確文相美情水向切愛身受円集"
    "別始達彼元在活買着重三引位過有次海保経送点原利調制万白式第屋限設民直起待勝組得果店込運色放"
    "県指約流予置認読状参京政川応音誰口校島系残件産配天平想進常計素優欲由空議説際像風落士止然足"
    "単伝映線消早務演声格友係反殺質夫頭葉木和飲北乗供治転僕撃登交半広台親夜都個帰共張形録完存価"
)
HIRAGANA: Final = (
    "のいてなにたしでるとはがかっをすもらうんれまだこりくあよさけきそやおどえわちめつ"
    "ねじせみゃろばずょごほべげへぎびむぶぞぐひぁぜざゆぱふぼづぇぬぽゅぉぷぴぅぺぃぢ"
)
HANGUL: Final = (
    "이다는에하고가을지의로서은아한어도기사니있를나해리시그요인들자일게대라으스수만보제면정주전"
    "부여거과장했상안마구었데오야내원우신적것성국되세위와무할동생소트드모미진문중말화공까러비습"
    "간없분조저입개터유계치월같경회선년때연실바음관용더명학네영교당작좋방려않합래발건된단재며각"
    "운금람행남물알차등통번르던두타후프겠체크랑식히너산역버임호포예결반잘님함심속업본레파직디감"
    "처런카못노았군받배매출양표피살든현많른법달난집민설였최형또불력키천걸강날울테싶청루종언약애"
    "코점워토추준께질외근태올참격렇름친초늘권온린따록목복새료편능열판별맞변메머티항필왜술누절확"
    "느특먹줄평씨럼브길급란돌박증송손뭐죽독죠좀즈론활막찾존곳될순환페품투얼향냐석봐및잡병광왔혼"
    "담져엔족볼짜글령책플녀완승축베육립총갈망쪽색백악북접앞긴커험끝쓰빠블류범침됐검힘응림김황희"
)
