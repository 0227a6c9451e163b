package arch

// floors says which package may import which. "a < b" reads "b stands on a": b may import a and everything
// a may import. Read it bottom up: a rule sees only what the rules above it allow, so a rule in the wrong
// place forbids too much, never too little. Names in capitals are floors, not packages.
const floors = `
	# 1 ground: knows nothing of people, cases or countries.
	NONE < sorting < fault;
	NONE < calendar, fold, lanes;
	fault < id, frame, lang;
	id < lang;
	id, frame < seal;
	id, frame < courier;
	id < pace;
	frame < doctor; # what was found about a node, in codes; the node itself looks
	fault < sheet;
	sorting < chart < GROUND; # pictures of numbers that stand alone
	fault < attack; # what published tables give away; knows nothing of how they were protected
	fault, sorting < disclosure; # protects tables of small counts; judges itself by nothing: attack does
	NONE < docx < GROUND; # writes documents
	sheet, sorting < tally; # combinations counted in columns: codes, and not what they mean
	fault < passkey;
	fault < asic;
	fault < chance; # noise for published numbers, and what it costs
	sheet < sdmx < GROUND; # tables in the forms of statistical offices: knows codes and numbers
	attack, disclosure, sdmx < opendata < GROUND; # a protected table in every form in which it is published; sees no true count
	chance, sorting < unseen; # how many persons no list names
	chance, sorting, tally < synth; # records of persons who do not exist
	fold, seal, lanes < veil; # what nodes compute together about people whom they do not name: sees keys and points
	calendar, fold, lang, seal, courier, pace, doctor, sheet, passkey, asic, chance, unseen, tally, attack, disclosure, synth, veil < GROUND;

	# 2 record: who may, what was done, what is due, what the law says.
	GROUND < access < audit;
	audit < task, profile;
	task, profile < RECORD;

	# 3 nouns: a tree. A noun that only mentions another uses its identifier.
	RECORD < wording < NOUNS; # how far the texts can be trusted that the person reads
	RECORD < desk < notify < keyring;
	keyring < signin;
	keyring < person < consent < casefile;
	desk < member;
	member < envelope;
	envelope, notify < exchange;
	keyring, exchange < publication, message;
	publication < meeting < NOUNS; # calendars, and who has signed off what
	publication < followup < NOUNS; # what became of what was concluded
	publication < legal < NOUNS; # what laws say, side by side; orders nothing by it
	RECORD < course; # what happens to a referral and what follows, without a store
	casefile, exchange, course < referral;
	casefile < screening; # what it suggests is read by people only: TestScreeningIsAskedByNothing
	casefile < directory; # takes the list of services from it
	keyring, exchange < backup;
	fold < link; # columns of text, and no case and no person of this program
	casefile, link < search; # what can be found of a case, and what of it the searcher may see; compares words as link does
	casefile < restriction; # what is kept and not used, because she asked
	casefile < form; # what was answered is kept in a case
	form, message, referral < retention; # what has been kept long enough, and what is kept from its end
	directory < careplan; # its steps name services of the directory, and its records are kept in a case
	form < device; # what was written without a network becomes a draft in a case
	form, referral, restriction < subject; # what she may ask: a copy of what is kept of her, and a correction
	form, referral, careplan < htcds; # a case as another system reads it, and where each field of that standard stands
	form < register; # what is asked and why, who sees it, how long it is kept: as a record of processing
	casefile < childhood; # its hooks are asked by persons, consents, plans and returns: functions, which the wiring sets
	keyring < webhook; # tells that something has happened at a desk, and knows no noun that happens
	casefile < relation; # links of two cases; read by people only: TestLinksAreAskedByNothing
	search < duplicate; # two files of one person
	link < NOUNS;
	link < linkage; # what other programs may import
	casefile < transfer; # a case that goes to another desk; what goes along is wired
	casefile < conference; # is held about a case, and what was said and signed is kept there
	casefile < homecoming; # is prepared for a case, and its contents are kept there
	casefile, message < lookup; # whether somebody of a case is known to other members, and the secret that they share for that; who holds speaks by a message
	casefile, exchange < count; # how many persons members know together: makes match keys of whom cases are about, and tells others points
	count < NOUNS;
	person, exchange < cooperation; # what prosecutors of two members ask of each other; what was released is asked for by the wiring
	person, exchange < docket; # the joint case board of prosecutors: knows no case, no release and no request
	homecoming, exchange < joint; # asks a desk of another member, and brings its answer back
	referral < letter;
	referral, directory < ownview; # what she sees herself: words and days of a case, its consents and its referrals, and whom she can call
	ownview < NOUNS;
	signin < NOUNS;
	letter < NOUNS;
	screening < NOUNS;
	search < NOUNS;
	directory < NOUNS;
	publication < NOUNS;
	message < NOUNS;
	backup < NOUNS;
	form < NOUNS;
	homecoming < NOUNS;
	conference < NOUNS;
	retention < NOUNS;
	restriction < NOUNS;
	careplan < NOUNS;
	childhood < NOUNS;
	register < NOUNS;
	relation < NOUNS;
	transfer < NOUNS;
	duplicate < NOUNS;
	subject < NOUNS;
	htcds < NOUNS;
	joint < NOUNS;
	cooperation < NOUNS;
	docket < NOUNS;
	lookup < NOUNS;
	webhook < NOUNS;
	device < NOUNS;

	# numbers: see facts without names, import no noun.
	audit < stats;
	GROUND < published < gallery; # what others have published of the region: stands beside what is counted here, never among it; and pictures of figures

	# what comes in files: of persons into cases, of published collections into numbers. No screen stands on it.
	NOUNS, stats < intake;
	NOUNS, stats, disclosure, attack < region; # adds up what members protected at home: counts facts, and attacks what would leave

	# 4 keeping: knows every noun, knows SQL.
	NONE < store/rows; # what sqlc makes of the one text
	fault, store/rows < store/internal/engine; # speaks to SQLite and PostgreSQL; the compiler lets nobody outside store import it
	intake, region, store/internal/engine < store < store/storetest;

	# 5 faces: they call the nouns, never the store.
	GROUND < web/asset;
	signin, member, person, search, directory, web/asset < page; # what pages are made of: knows whose session it is, what a desk is called and offers, and how evidence is said
	NOUNS, page < webcase, webconference, webconsent, webcooperation, webcount, webdocket, webfigures, webfirst, weblookup, webnetwork, webplan, webprogram, webreferral, webreturn, weboffice; # screens by area: none knows another
	stats, gallery, page < webfigures; # shows figures
	stats, page < webfirst; # tells of who does not agree to be named
	stats, intake, webcase, webconference, webconsent, webcooperation, webcount, webdocket, webfigures, webfirst, weblookup, webnetwork, webplan, webprogram, webreferral, webreturn, weboffice < web; # puts them together
	signin < call; # what routes are made of: knows whose session it is
	NOUNS, call < apicase, apireferral; # routes by area: none knows another
	intake, region, call < apioffice;
	intake, page < weboffice; # takes a table as a whole
	apicase, apireferral, apioffice < api; # puts them together
	NOUNS < peer < job;
	signin < issuer; # asks outside who somebody is, and proves it to nobody but signin

	# 6 wiring.
	store, web, api, job, issuer < node < demo < cli;
	api < console < ask, askcase < cli; # what asks a running node sees its interface, never its files; neither of the two knows the other
	console, tally, synth, unseen, attack, disclosure, opendata, gallery, stats < figures < cli; # commands that count and protect figures in files, and ask no node
	cli < cmd/opentrm;

	# tests only.
	store/storetest, node < nodetest;
	NONE < issuer/issuertest; # a real provider, in the process of a test
	web, nodetest < web/webtest;
	fault, frame < spectest;
	NONE < arch, scripts/ran, scripts/release/draw, scripts/testcount;
	lang < scripts/release, scripts/screens;
`

// planned names the packages of the drawing that their issue has not made yet. A package that exists may not
// stay here: the list can only shrink.
const planned = `
`

// tests lists what a test file may import beyond its package: use-cases are tested on the real store, faces
// and wiring on a real node.
const tests = `
	GROUND RECORD NOUNS stats intake region: store store/storetest spectest
	issuer: issuer/issuertest
	signin: issuer issuer/issuertest
	page web webcase webconference webconsent webcooperation webcount webdocket webfigures webfirst weblookup webnetwork webplan webprogram webreferral webreturn weboffice: issuer/issuertest store store/storetest node nodetest spectest web/webtest
	call api apicase apireferral apioffice peer job: store store/storetest node nodetest spectest web/webtest
	store store/storetest: store/storetest
	node demo console ask askcase figures cli cmd/opentrm: node nodetest demo cli
	nodetest: demo cli
`

// modules allow-lists every module that is not ours: import path | who may import it | what it saves us.
// "tests" means test files of any package. A package's tests may use what the package may.
const modules = `
	github.com/ncruces/go-sqlite3        | store/internal/engine store nodetest | SQLite without cgo, encrypted file
	lukechampine.com/adiantum            | store/internal/engine | the cipher of that file, to tell how its log was written
	github.com/jackc/pgx/v5              | store/internal/engine store store/rows store/storetest nodetest | the PostgreSQL wire protocol, and what generated queries speak
	github.com/pressly/goose/v3          | store/internal/engine | migrations with a lease lock
	github.com/cedar-policy/cedar-go     | access | policies that a lawyer can read
	github.com/go-json-experiment/json   | frame | what encoding/json does, in half its time; cedar-go brings it
	golang.org/x/text                    | lang seal fold veil | matching, collation, numbers; one form of a passphrase and of a name
	golang.org/x/crypto                  | seal | Argon2id
	github.com/gtank/ristretto255        | veil lanes | the group of prime order of RFC 9496
	filippo.io/age                       | seal | a file that a desk without our program opens
	golang.org/x/mod                     | audit arch | the Merkle log and signed notes
	github.com/transparency-dev/formats  | audit | cosignatures of witnesses
	golang.org/x/time                    | page webreferral call peer | rate limits
	golang.org/x/sync                    | demo job | groups of goroutines that fail together
	golang.org/x/term                    | console | passphrases typed without echo, width of the screen
	github.com/a-h/templ                 | page web webcase webconference webconsent webcooperation webcount webdocket webfigures webfirst weblookup webnetwork webplan webprogram webreferral webreturn weboffice web/webtest form register scripts/release/draw | typed and escaped pages; the sheet to print
	rsc.io/qr                            | web | the picture of a secret that a telephone scans
	github.com/coreos/go-oidc/v3         | issuer | ID tokens, the keys of an issuer and their change
	golang.org/x/oauth2                  | issuer | the code flow with PKCE
	github.com/go-jose/go-jose/v4        | issuer/issuertest tests | tokens as nobody should make them
	github.com/zitadel/oidc/v3           | issuer/issuertest | a real OpenID provider
	github.com/danielgtaylor/huma/v2     | call | OpenAPI 3.1 and validation
	github.com/spf13/cobra               | cli | commands, their flags and what a shell completes
	github.com/spf13/pflag               | cli | the flags of cobra
	github.com/google/go-cmp             | tests | differences that can be read
	pgregory.net/rapid                   | tests | properties
	github.com/rogpeppe/go-internal      | tests | scripts that drive the binary
	github.com/chromedp/chromedp         | tests | screens in a real browser
	github.com/chromedp/cdproto          | tests | the browser's protocol, for chromedp
	github.com/emersion/go-smtp          | tests | a real mail server on loopback
	github.com/go-webauthn/webauthn      | tests | another implementation of passkeys, to compare ours with
	github.com/santhosh-tekuri/jsonschema/v6 | tests spectest | bodies against their published schema
`

// standard restricts packages of the standard library: path | who may import it | why. "/..." means the path and
// what lies under it; the longest pattern that matches is the rule. Tests are free.
const standard = `
	database/sql/...   | store/internal/engine store store/storetest nodetest | SQL lives in one place; a noun declares the few methods it needs
	net/http/...       | page web webcase webconsent webreferral weboffice webprogram web/asset web/webtest call api peer issuer issuer/issuertest node console ask askcase cli | a noun decides, a face speaks
	net/smtp           | peer | mail leaves by the face that carries
	crypto/sha256      | lang seal veil audit passkey asic signin member peer envelope course referral casefile keyring lookup profile publication backup store store/internal/engine call web/asset spectest courier directory desk retention apireferral consent askcase device notify link cli disclosure figures stats opendata region | a digest is an address, not a protection
	net                | peer issuer page call node console cli nodetest | as net/http
	crypto/...         | seal chance veil audit signin member peer passkey asic issuer issuer/issuertest disclosure | raw cryptography is reviewed in few places
	crypto/rand        | id seal chance signin node cli issuer/issuertest nodetest store/storetest web/webtest figures | randomness is handed in, as a field
	crypto/tls         | keyring peer issuer node console | node keys are pinned by the roster
	crypto/x509/...    | keyring peer issuer console passkey asic | as crypto/tls
	crypto/ed25519     | seal audit member peer keyring passkey | keyring makes the TLS certificate where the seed is opened, so that the seed stays inside
	math/rand/...      | demo link | nothing here may be guessable; the demo draws invented figures, and link the pairs it learns from, from a seed
	os/exec            | nodetest scripts/release scripts/screens | a node starts no other program
	html/template      | nobody | pages are templ components
	text/template      | nobody | pages are templ components, sentences are catalogue messages
	encoding/gob       | nobody | one canonical form on the wire and at rest
	log                | nobody | log/slog, events with keys
	plugin             | nobody | one static binary
	unsafe             | nobody | memory safety is part of the promise
	C                  | nobody | one static binary without cgo
	testing/...        | store/storetest issuer/issuertest nodetest spectest web/webtest arch | test code does not ship
`

// calls restricts single functions, in code that is not a test: pkg.Func | who may | why. In a noun the clock,
// randomness and the environment are fields, so that a test can hold them still.
const calls = `
	time.Now           | id store page call peer issuer/issuertest job node demo console cli | a noun has Now as a field
	time.Since         | store page call peer demo cli | as time.Now
	time.Until         | nobody | as time.Now
	time.Sleep         | nobody | wait for what you wait for: a channel, a condition, a context
	os.Getenv          | nodetest store/storetest | configuration is a value that is passed down
	os.LookupEnv       | cli | flags whose help names a variable of the environment
	os.Environ         | nobody | as os.Getenv
	os.Exit            | cmd/opentrm scripts/ran scripts/testcount scripts/release scripts/screens | a library returns
	context.WithValue  | page call | context carries the trace, nothing that a function needs to be correct
	fmt.Print          | nobody | output is written to a writer that is passed in
	fmt.Printf         | scripts/ran scripts/testcount | as fmt.Print
	fmt.Println        | nobody | as fmt.Print
`

// callsInTests restricts single functions in tests, in the same form.
const callsInTests = `
	time.Sleep         | nobody | a test waits for what it waits for; testing/synctest holds the clock
	os.Setenv          | nobody | t.Setenv puts it back
	os.Chdir           | nobody | t.Chdir puts it back
	os.MkdirTemp       | nobody | t.TempDir cleans up
	log.Fatal          | nobody | t.Fatal says where
`

// unreached lists use-cases that no face calls: package.Method | why.
const unreached = `
	exchange.Weigh         | asked by the nouns, before anything is sealed and when it arrives
	casefile.SealWords     | packages retention and restriction seal why a case is on hold or kept from use as break-glass does
	exchange.TakeReceipt   | the door of exchange gives it what a caller of package peer brought
`

// variables allow-lists package variables that change or could be changed from outside: package.name | why.
// Blank identifiers, embedded files and unexported variables that nothing writes need no line.
const variables = `
`

// meaningless are names that say nothing about what is inside.
const meaningless = `util utils common helper helpers misc base type types model models manager shared lib`

// foreign are packages that give methods the names which an interface of another module demands.
const foreign = `issuer/issuertest`

// Budgets.
const (
	maxFile    = 500  // lines, of any Go or templ file that is not generated
	maxPackage = 5000 // lines, tests and generated files left out
)

// larger allows single packages more: package | lines | why.
const larger = `
	node | 6260 | what is wired to what, one file for each noun; decides nothing
	store | 8900 | one transaction type has the methods of every noun (docs/adr/0012-one-store.md)
	veil | 5600 | two protocols on one group, the lookup and the count; to be split when a noun stands on each
`
