package sample

// What samples are made of. The names hold letters of many scripts, and the
// texts quotes, backslashes, tabs and line breaks, because real ones do.

type person struct{ name, mail, language, timezone, location string }

var people = []person{
	{"Anna Müller", "anna.mueller", "de", "Europe/Berlin", "Berlin"},
	{"Jürgen Weiß", "juergen.weiss", "de", "Europe/Vienna", "Wien"},
	{"John Smith", "john.smith", "en", "America/New_York", "New York"},
	{"Siobhán O'Neil", "siobhan.oneil", "en", "Europe/Dublin", "Dublin"},
	{"Priya Rao", "priya.rao", "en", "Asia/Kolkata", "Bengaluru"},
	{"Olivia Jones", "olivia.jones", "en", "Australia/Sydney", "Sydney"},
	{"山田 太郎", "taro.yamada", "en", "Asia/Tokyo", "東京"},
	{"李小红", "xiaohong.li", "en", "Asia/Shanghai", "上海"},
	{"김민준", "minjun.kim", "en", "Asia/Seoul", "서울"},
	{"محمد الأحمد", "mohammed.alahmad", "en", "Asia/Dubai", "دبي"},
	{"Nguyễn Thị Hương", "huong.nguyen", "en", "Asia/Ho_Chi_Minh", "Hà Nội"},
	{"Søren Ångström", "soren.angstrom", "en", "Europe/Copenhagen", "København"},
	{"Tomáš Dvořák", "tomas.dvorak", "en", "Europe/Prague", "Praha"},
	{"Fatma Çelik", "fatma.celik", "en", "Europe/Istanbul", "İstanbul"},
	{"María García López", "maria.garcia", "es", "Europe/Madrid", "Málaga"},
	{"José Núñez", "jose.nunez", "es", "America/Mexico_City", "Ciudad de México"},
	{"Chloé Lefèvre", "chloe.lefevre", "fr", "Europe/Paris", "Orléans"},
	{"Zoë d'Aubigné", "zoe.daubigne", "fr", "America/Montreal", "Montréal"},
	{"Łukasz Kowalski", "lukasz.kowalski", "pl", "Europe/Warsaw", "Łódź"},
	{"Małgorzata Wójcik-Żak", "malgorzata.wojcik", "pl", "Europe/Warsaw", "Kraków"},
	{"João Gonçalves", "joao.goncalves", "pt", "America/Sao_Paulo", "São Paulo"},
	{"Inês Simões", "ines.simoes", "pt", "Europe/Lisbon", "Lisboa"},
	{"Игорь Иванов", "igor.ivanov", "ru", "Asia/Almaty", "Алматы"},
	{"Ольга Шевченко", "olga.shevchenko", "ru", "Europe/Kyiv", "Київ"},
}

type title struct{ name, annotation string }

var courses = []title{
	{"Information Security Basics", "Passwords, phishing and what to do when something looks odd."},
	{"Welcome aboard 👋", "Your first week: people, places and tools.\nTakes about 40 minutes."},
	{"The \"Five Whys\"", "Find the cause behind the cause. Read \"Root Causes\" first."},
	{"Safety at Work", "1.\tBefore you start\n2.\tIn an emergency\n3.\tAfterwards"},
	{"Datenschutz für Führungskräfte", "Größe, Zweck und Grenzen der Verarbeitung – mit Übungen."},
	{"Обучение новых сотрудников", "Короткий курс для тех, кто только что пришёл."},
	{"入門：カスタマーサービス", "お客様との会話の基本を学びます。"},
	{"Sécurité & qualité", "L'essentiel en six leçons : contrôles, écarts, améliorations."},
	{"Working with Files on C:\\", "Where things belong: C:\\Users, \\\\server\\share and the cloud."},
	{"Leadership: Giving Feedback", "How to say what helps, <em>when</em> it helps."},
	{"Bezpieczeństwo żywności", "Zasady HACCP w praktyce, krok po kroku."},
	{"Product Knowledge 2026", ""},
}

var groups = []title{
	{"Berlin Office", "Everybody who works in Berlin"},
	{"Sales & Marketing", "Both teams, and those who help them"},
	{"New Hires \"Spring\"", "Started between March and May"},
	{"Удалённая команда", "Все, кто работает из дома"},
	{"Führungskräfte", "Team leads and above"},
	{"Night Shift", ""},
}

var (
	roles       = []string{"learner", "learner", "learner", "author", "admin"}
	occupations = []string{"Software Engineer", "Nurse", "Sales Representative", "Buchhalterin", "Chef de projet", "Accountant", "Warehouse Lead", "Инженер"}
	departments = []string{"Engineering", "Sales", "Care", "Finance", "Forschung & Entwicklung", "Logistics", "人事部"}
)
