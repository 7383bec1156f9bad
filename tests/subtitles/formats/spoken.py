"""Everyday lines in many languages, written for these tests, for whatever asks for real letters."""

# Divided by |.
SPOKEN = {
    "fr": (
        "Où étais-tu hier soir ?|Je t'ai déjà dit que ça m'est égal.|"
        "Ça va, merci. Et toi ?|Il fait très froid ici, n'est-ce pas ?|"
        "On se voit à la gare à huit heures.|Tu as oublié ta clé sur la table.|"
        "C'est la première fois que je viens ici.|Je suis désolé, j'ai été retardé.|"
        "Elle a reçu une lettre de son frère aîné.|Bien sûr, c'est à côté de l'hôtel."
    ),
    "es": (
        "¿Dónde estabas anoche?|Ya te dije que no lo sé.|Mañana será otro día.|"
        "¡Qué frío hace aquí!|Mi niño está enfermo.|¿Cuántos años tienes?|"
        "Él nunca llegó a la estación.|Está bien, pero sólo esta vez.|"
        "Aquí no hay nadie más.|El señor Ibáñez llamó otra vez."
    ),
    "pt": (
        "Onde você estava ontem à noite?|Não sei o que aconteceu.|"
        "Amanhã de manhã a gente conversa.|Está muito frio lá fora.|"
        "Você já comeu alguma coisa?|Até logo, meu irmão.|É a primeira vez que venho aqui.|"
        "Eles vão chegar às três.|Não é possível, avô!|A estação fica ali, à direita."
    ),
    "it": (
        "Perché non mi hai chiamato?|È già tardi, andiamo.|Non so più cosa fare.|"
        "Dov'è la città vecchia?|Sarà per un'altra volta.|Così non può continuare.|"
        "C'è qualcuno lì dentro?|Lunedì è il mio compleanno.|Però me l'avevi promesso!|"
        "Ti farò sapere, d'accordo?"
    ),
    "de": (
        "Wo warst du gestern so spät?|Ich möchte nach Hause gehen.|"
        "Können Sie mir bitte helfen?|Das weiß ich doch nicht.|"
        "Es ist kälter, als ich dachte.|Grüß deine Mutter von mir.|"
        "Wir müssen über alles reden.|Er hat den Schlüssel verloren.|"
        "Natürlich, schöne Grüße!|Hör auf, so zu schreien!"
    ),
    "nl": (
        "Hij heeft één broer en twee zussen.|Waar zijn de kinderen van België?|"
        "Dat is een goed idee, hè?|De coördinatie was heel slecht.|"
        "We reizen volgende week naar Italië.|Dit is dé kans, geloof me.|"
        "Vóór zes uur moet je thuis zijn.|Zoë komt vanavond ook.|"
        "Ik heb geen idee waar zij is.|Hè, wat vervelend nou."
    ),
    "da": (
        "Hvor var du i går aftes?|Jeg ved det ikke, spørg ham.|"
        "Vi skal gå nu, det er for sent.|Må jeg låne din nøgle?|"
        "Det er også min første gang.|Hun bor på en ø nær kysten.|"
        "Har du nogensinde været der før?|Æblerne ligger på køkkenbordet.|"
        "Så, hvad gør vi så?|Åh nej, det må du ikke sige!"
    ),
    "nb": (
        "Hvor var du i går kveld?|Jeg vet ikke hva jeg skal gjøre.|"
        "Vi må gå nå, det er sent.|Kan jeg få låne nøkkelen din?|"
        "Det er første gang jeg er her.|Hun bor på en øy langt mot nord.|"
        "Nå er det bare å håpe på været.|Åpne døra, vær så snill!|Så du noe på skjermen?|"
        "Været blir bedre på lørdag."
    ),
    "sv": (
        "Var var du i går kväll?|Jag vet inte vad jag ska göra.|"
        "Vi måste gå nu, det är sent.|Får jag låna din nyckel?|"
        "Det är första gången jag är här.|Hon bor på en ö långt härifrån.|"
        "Ärligt talat, jag förstår inte.|Öppna dörren, är du snäll!|"
        "Såg du något på skärmen?|Vädret blir bättre på lördag."
    ),
    "fi": (
        "Missä olit eilen illalla?|En tiedä, mitä minun pitäisi tehdä.|"
        "Meidän täytyy lähteä nyt.|Tämä on ensimmäinen kerta.|Älä huuda, kaikki kuulevat.|"
        "Äiti odottaa meitä kotona.|Hyvää yötä, nähdään huomenna.|"
        "Öljy on loppu, eikö niin?|Hän asuu pienellä saarella.|Mitä sinä täällä teet?"
    ),
    "is": (
        "Hvar varstu í gærkvöldi?|Ég veit ekki hvað ég á að gera.|Við verðum að fara núna.|"
        "Það er orðið mjög seint.|Má ég fá lykilinn þinn?|Þetta er í fyrsta skipti.|"
        "Opnaðu dyrnar, gerðu það!|Hún býr á lítilli eyju.|Sástu eitthvað á skjánum?|"
        "Já, auðvitað, bróðir minn."
    ),
    "ca": (
        "On eres ahir a la nit?|No sé què haig de fer.|"
        "Això és la primera vegada que passa.|Però tu què t'has cregut?|"
        "Demà serà un altre dia.|Aquí fa molt de fred, oi?|Vine de seguida, si us plau!|"
        "És massa tard per tornar-hi.|El meu germà viu a Barcelona, però treballa fora.|"
        "Col·lega, què vols que et digui?"
    ),
    "gl": (
        "Onde estabas onte á noite?|Non sei que é o que pasou.|Mañá será outro día.|"
        "Aquí vai moito frío, non si?|É a primeira vez que veño.|O meu irmán está enfermo.|"
        "Xa cho dixen, non é así.|Ninguén chegou á estación.|Canto tempo levas aquí?|"
        "Grazas, señor, ata mañá."
    ),
    "ga": (
        "Cá raibh tú aréir?|Níl a fhios agam cad a dhéanfaidh mé.|Tá sé an-fhuar anseo.|"
        "Dún an doras, más é do thoil é.|An bhfuil aon duine ann?|Feicfidh mé thú amárach.|"
        "Cén t-am é anois?|Is é seo an chéad uair agam.|Tá brón orm, a dheartháir.|"
        "Ní thuigim thú ar chor ar bith."
    ),
    "cy": (
        "Ble roeddet ti neithiwr?|Dw i ddim yn gwybod beth i'w wneud, cofiwch.|"
        "Mae'r tŷ yn oer iawn.|Dyma'r tro cyntaf, ŵr ifanc.|"
        "Mae hi'n hwyr, gwell i ni fynd â'r ci.|Pwy sy'n gallu canu'r gân?|"
        "Faint o'r gloch yw hi, Siân?|Mae'r dŵr yn rhy ddwfn.|Sŵn mawr oedd yna neithiwr.|"
        "Rydyn ni'n mynd i'r môr."
    ),
    "sq": (
        "Ku ishe mbrëmë?|Nuk e di çfarë të bëj.|Është hera e parë që vij këtu.|"
        "A mund të më ndihmosh?|Mirë, po shkojmë në shtëpi.|Çfarë ndodhi me vëllanë tënd?|"
        "Bën shumë ftohtë jashtë.|Hape derën, të lutem!|"
        "Ai nuk ka ardhur ende, apo jo, nënë?|Shihemi nesër në mëngjes."
    ),
    "cs": (
        "Kde jsi byl včera večer?|Nevím, co mám dělat.|Musíme jít, už je pozdě.|"
        "Můžeš mi půjčit svůj klíč?|Jsem tady poprvé v životě.|Otevři dveře, prosím tě!|"
        "Dobrý den, jak se máte?|Co se stalo s tvým bratrem?|Řekni mi pravdu, teď hned.|"
        "Určitě přijde, uvidíš."
    ),
    "sk": (
        "Kde si bol včera večer?|Neviem, čo mám robiť.|Musíme ísť, už je neskoro.|"
        "Môžeš mi požičať svoj kľúč?|Som tu prvýkrát v živote.|Otvor dvere, prosím ťa!|"
        "Dobrý deň, ako sa máte?|Čo sa stalo s tvojím bratom?|"
        "Povedz mi pravdu, hneď teraz.|Určite príde, uvidíš, ujo."
    ),
    "pl": (
        "Gdzie byłeś wczoraj wieczorem?|Nie wiem, co mam robić.|"
        "Musimy już iść, jest późno.|Możesz mi pożyczyć swój klucz?|"
        "Jestem tu pierwszy raz w życiu.|Otwórz drzwi, proszę cię!|"
        "Dzień dobry, jak się masz?|Co się stało z twoim bratem?|"
        "Powiedz mi prawdę, natychmiast.|Ślicznie dziękuję, będę pamiętał."
    ),
    "hu": (
        "Hol voltál tegnap este?|Nem tudom, mit csináljak.|Mennünk kell, már késő van.|"
        "Kölcsönadnád a kulcsodat?|Először vagyok itt életemben.|"
        "Nyisd ki az ajtót, kérlek!|Jó napot, hogy van?|Mi történt a bátyáddal?|"
        "Mondd el az igazat, most rögtön.|Biztosan eljön, majd meglátod.|"
        "Őt is hívd meg, jó?|Szűk a cipő, de gyönyörű."
    ),
    "sl": (
        "Kje si bil včeraj zvečer?|Ne vem, kaj naj naredim, človek.|"
        "Iti moramo, pozno je že.|Mi lahko posodiš svoj ključ?|"
        "Prvič sem tukaj v življenju.|Odpri vrata, prosim, že čakam!|"
        "Kaj se je zgodilo s tvojim možem?|Povej mi resnico, če jo poznaš.|"
        "Šla sta skupaj na morje.|Žal mi je, res nisem vedel, prijatelj moj, še včeraj."
    ),
    "hr": (
        "Gdje si bio sinoć, čovječe?|Ne znam što da radim, ozbiljno, možda.|"
        "Moramo ići, već je kasno.|Možeš li mi posuditi ključ?|"
        "Prvi put sam ovdje u životu, znaš.|Otvori vrata, dođi ovamo!|"
        "Što se dogodilo tvojem mužu?|Reci mi istinu, odmah, hoćeš?|"
        "Šutnja je zlato, kažu ljudi.|Žao mi je, nisam mislio tako, vjeruj, jučer."
    ),
    "ro": (
        "Unde ai fost aseară?|Nu ştiu ce să fac.|Trebuie să plecăm, e târziu.|"
        "Poţi să-mi împrumuţi cheia?|E prima dată când vin aici.|"
        "Deschide uşa, te rog frumos, măi!|Bună ziua, ce mai faceţi?|"
        "Ce s-a întâmplat cu fratele tău?|Spune-mi adevărul, acum.|"
        "Îţi mulţumesc pentru tot."
    ),
    "tr": (
        "Dün akşam neredeydin?|Ne yapacağımı bilmiyorum.|Gitmemiz lazım, çok geç oldu.|"
        "Anahtarını ödünç alabilir miyim?|Hayatımda ilk kez buradayım.|Kapıyı aç, lütfen!|"
        "İyi günler, nasılsınız?|Kardeşine ne oldu, söylesene.|Bana doğruyu söyle, şimdi.|"
        "Şimdi değil, yarın görüşürüz."
    ),
    "az": (
        "Dünən axşam harada idin, qardaşım?|Gözlə, mən də gəlirəm.|Çox sağ olun, yaxşıyam.|"
        "Bu gün hava soyuqdur."
    ),
    "lt": (
        "Kur tu buvai vakar vakare, vyruti, sakyk tiesą?|Nežinau, ką man daryti.|"
        "Mums reikia eiti, jau vėlu.|Gal galėtum paskolinti raktą?|"
        "Aš čia pirmą kartą gyvenime.|Atidaryk duris, prašau!|"
        "Labas rytas, kaip jums sekasi šiandien, ačiū?|Kas nutiko tavo broliui, mąstau.|"
        "Pasakyk man tiesą, dabar, greičiau.|Žinoma, jis ateis, pamatysi."
    ),
    "lv": (
        "Kur tu biji vakar vakarā?|Es nezinu, ko man darīt.|Mums jāiet, ir jau vēls.|"
        "Vai vari aizdot man atslēgu, lūdzu?|Esmu šeit pirmo reizi mūžā.|"
        "Atver durvis, lūdzu!|Labdien, kā jums klājas?|Kas notika ar tavu brāli?|"
        "Saki man patiesību, tūlīt.|Viņš noteikti atnāks, redzēsi.|Ēdīsim vakariņas kopā."
    ),
    "et": (
        "Kus sa eile õhtul olid?|Ma ei tea, mida ma tegema pean.|"
        "Me peame minema, on juba hilja, õde.|Kas sa võid mulle võtme laenata?|"
        "Olen siin esimest korda elus, tõesti.|Tee uks lahti, palun, külm on!|"
        "Tere päevast, kuidas läheb?|Mis su vennaga juhtus, räägi.|Räägi mulle tõtt, kohe.|"
        "Küll ta tuleb, näed veel.|Šokolaad on laual."
    ),
    "mt": (
        "Fejn kont ilbieraħ filgħaxija?|Ma nafx x'għandi nagħmel.|"
        "Irridu mmorru, sar tard ħafna.|Din l-ewwel darba li ġejt hawn.|"
        "Iftaħ il-bieb, jekk jogħġbok!|X'ġara lil ħuk?|Għidli l-verità, issa.|"
        "Il-lejl it-tajjeb, narak għada.|Iċ-ċavetta fuq il-mejda.|Żgur li se jiġi, tara."
    ),
    "eo": (
        "Kie vi estis hieraŭ vespere?|Mi ne scias, ĉu li venos.|"
        "Ni devas iri, jam estas malfrue, ĉu ne?|Ĉu vi povas prunti al mi la ŝlosilon?|"
        "Mi estas ĉi tie la unuan fojon.|Malfermu la pordon, mi petas, ĝi estas peza!|"
        "Kio okazis al via frato hodiaŭ?|Diru al mi la veron, ĝuste nun.|"
        "Ŝi loĝas ĉe la maro.|Ĝis morgaŭ, karulo!"
    ),
    "vi": (
        "Tối qua anh ở đâu?|Tôi không biết phải làm gì.|Chúng ta phải đi thôi, muộn rồi.|"
        "Cho tôi mượn chìa khóa được không?|Đây là lần đầu tiên tôi đến đây.|"
        "Mở cửa ra đi, làm ơn!|Chào buổi sáng, bạn khỏe không?|"
        "Chuyện gì đã xảy ra với anh trai em?|Hãy nói cho tôi sự thật.|"
        "Hẹn gặp lại ngày mai nhé."
    ),
    "ru": (
        "Где ты был вчера вечером?|Я не знаю, что мне делать.|Нам пора идти, уже поздно.|"
        "Можешь одолжить мне ключ?|Я здесь первый раз в жизни.|Открой дверь, пожалуйста!|"
        "Добрый день, как дела?|Что случилось с твоим братом?|Скажи мне правду, сейчас же.|"
        "Он обязательно придёт, вот увидишь."
    ),
    "uk": (
        "Де ти був учора ввечері?|Я не знаю, що мені робити.|Нам час іти, вже пізно.|"
        "Можеш позичити мені ключ?|Я тут уперше в житті.|Відчини двері, будь ласка!|"
        "Добрий день, як справи?|Що сталося з твоїм братом?|Скажи мені правду, негайно.|"
        "Він обов'язково прийде, побачиш. Її теж чекаємо.|Є тут хто-небудь?"
    ),
    "be": (
        "Дзе ты быў учора ўвечары?|Я не ведаю, што мне рабіць.|Нам трэба ісці, ужо позна.|"
        "Можаш пазычыць мне ключ?|Я тут першы раз у жыцці.|Адчыні дзверы, калі ласка!|"
        "Добры дзень, як справы?|Што здарылася з тваім братам?|Скажы мне праўду, зараз жа.|"
        "Ён абавязкова прыйдзе."
    ),
    "bg": (
        "Къде беше снощи?|Не знам какво да правя.|Трябва да тръгваме, късно е.|"
        "Можеш ли да ми дадеш ключа?|За първи път съм тук.|Отвори вратата, моля те!|"
        "Добър ден, как сте?|Какво се случи с брат ти?|Кажи ми истината, веднага.|"
        "Той ще дойде, ще видиш. Щом казваш."
    ),
    "mk": (
        "Каде беше синоќа?|Не знам што да правам.|Мораме да одиме, доцна е.|"
        "Можеш ли да ми го позајмиш клучот?|Прв пат сум тука.|Отвори ја вратата, те молам!|"
        "Добар ден, како сте?|Што се случи со брат ти?|Кажи ми ја вистината, веднаш.|"
        "Тој ќе дојде, ќе видиш. Ѓорѓи и Љупчо се тука."
    ),
    "sr": (
        "Где си био синоћ?|Не знам шта да радим.|Морамо да идемо, касно је.|"
        "Можеш ли да ми позајмиш кључ?|Први пут сам овде.|Отвори врата, молим те!|"
        "Добар дан, како сте?|Шта се десило твом брату?|Реци ми истину, одмах.|"
        "Доћи ће он, видећеш. Њему се не жури, Ђорђе."
    ),
    "el": (
        "Πού ήσουν χθες το βράδυ;|Δεν ξέρω τι να κάνω.|Πρέπει να φύγουμε, είναι αργά.|"
        "Μπορείς να μου δανείσεις το κλειδί;|Είναι η πρώτη φορά που έρχομαι.|"
        "Άνοιξε την πόρτα, σε παρακαλώ!|Καλημέρα, τι κάνετε;|Τι έγινε με τον αδερφό σου;|"
        "Πες μου την αλήθεια, τώρα.|Θα έρθει σίγουρα, θα δεις. Έλα μαζί μας."
    ),
    "he": (
        "איפה היית אתמול בערב?|אני לא יודע מה לעשות.|אנחנו צריכים ללכת, כבר מאוחר.|"
        "אתה יכול להשאיל לי את המפתח?|זו הפעם הראשונה שלי כאן.|תפתח את הדלת, בבקשה!|"
        "בוקר טוב, מה שלומך?|מה קרה לאח שלך?|תגיד לי את האמת, עכשיו.|"
        "הוא בטח יבוא, אתה תראה."
    ),
    "ar": (
        "أين كنت ليلة أمس؟|لا أعرف ماذا أفعل.|يجب أن نذهب، لقد تأخر الوقت.|"
        "هل يمكنك أن تعيرني المفتاح؟|هذه أول مرة آتي إلى هنا.|افتح الباب، من فضلك!|"
        "صباح الخير، كيف حالك؟|ماذا حدث لأخيك؟|قل لي الحقيقة، الآن.|سيأتي بالتأكيد، سترى."
    ),
    "fa": (
        "ديشب کجا بودي؟|نمي دانم چه کار کنم.|بايد برويم، دير شده است.|"
        "مي تواني کليدت را به من بدهي؟|اولين بار است که به اينجا مي آيم.|"
        "در را باز کن، لطفا!|صبح بخير، حال شما چطور است؟|براي برادرت چه اتفاقي افتاد؟|"
        "حقيقت را به من بگو.|او حتما مي آيد، مي بيني. چرا گريه مي کني؟"
    ),
    "th": (
        "เมื่อคืนคุณอยู่ที่ไหน|ฉันไม่รู้จะทำยังไง|เราต้องไปแล้ว มันดึกมาก|"
        "ขอยืมกุญแจหน่อยได้ไหม|นี่เป็นครั้งแรกที่ฉันมาที่นี่|เปิดประตูหน่อย ขอร้อง|"
        "สวัสดีตอนเช้า สบายดีไหม|เกิดอะไรขึ้นกับพี่ชายของเธอ|บอกความจริงกับฉันเดี๋ยวนี้|"
        "เขาต้องมาแน่ คอยดูสิ"
    ),
    "ja": (
        "昨日の夜はどこにいたの？|どうすればいいのか分からない。|もう遅いから、行かなきゃ。|"
        "鍵を貸してくれませんか？|ここに来るのは初めてです。|ドアを開けて、お願い！|"
        "おはようございます、お元気ですか。|お兄さんに何があったの？|本当のことを言ってくれ、今すぐ。|彼はきっと来るよ、見てて。"
    ),
    "ko": (
        "어젯밤에 어디 있었어?|어떻게 해야 할지 모르겠어요.|이제 가야 해요, 너무 늦었어요.|"
        "열쇠 좀 빌려 줄래?|여기 온 건 처음이에요.|"
        "문 좀 열어 줘, 제발!|좋은 아침이에요, 잘 지내요?|"
        "네 형한테 무슨 일이 있었니?|지금 당장 진실을 말해.|그는 꼭 올 거야, 두고 봐."
    ),
    "zh-cn": (
        "你昨天晚上在哪儿？|我不知道该怎么办。|我们得走了，已经很晚了。|能把钥匙借给我吗？|我第一次来这里。|"
        "请开门，求你了！|早上好，你怎么样？|你哥哥发生了什么事？|"
        "马上告诉我真相。|他一定会来的，你等着瞧。"
    ),
    "zh-tw": (
        "你昨天晚上在哪裡？|我不知道該怎麼辦。|我們得走了，已經很晚了。|能把鑰匙借給我嗎？|我第一次來這裡。|"
        "請開門，求你了！|早安，你好嗎？|你哥哥發生了什麼事？|"
        "馬上告訴我真相。|他一定會來的，你等著瞧。"
    ),
}
