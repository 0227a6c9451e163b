package envelope

// Kind says what an envelope is about.
type Kind string

// The kinds. A name never changes its meaning; new ones are added.
const (
	Referral         Kind = "referral"          // a transition of a referral; the request is its content
	Identity         Kind = "identity"          // who she is, after a signed acceptance
	Message          Kind = "message"           // desk to desk
	Joint            Kind = "joint"             // the risk assessment of a return, for the other desk's signature; and its answer
	Cooperation      Kind = "cooperation"       // what prosecutors ask of each other: the record that tracks it, and each step
	Docket           Kind = "docket"            // an entry on a joint case board of prosecutors
	Publication      Kind = "publication"       // a signed record for all members
	Withdrawal       Kind = "withdrawal"        // a consent was withdrawn
	WithdrawalAnswer Kind = "withdrawal-answer" // what the holder did about it
	Escalation       Kind = "escalation"        // a desk here is silent past its clock: for your coordinator
	Receipts         Kind = "receipt"           // receipts that could not be handed over at once
	Checkpoint       Kind = "checkpoint"        // please witness this state of our log
	Cosignature      Kind = "cosignature"       // witnessed
	Consistency      Kind = "consistency"       // a proof, or the demand for one
	Lookup           Kind = "lookup"            // the secret that members share, so that they can ask each other who is known
	Question         Kind = "question"          // whether somebody is known: to holders, hidden; to members, by tags; and what they answer
	Count            Kind = "count"             // what members say when they count together, and what it names
	Region           Kind = "region"            // a protected table that a member gives, who asks for it, and what becomes of it
	Rosters          Kind = "roster"            // a newer roster
	Sheets           Kind = "sheet"             // a newer desk sheet
	Resync           Kind = "resync"            // after a restore: what was exchanged since
	Erasure          Kind = "erasure"           // opaque identifiers that a restore must erase again
)

// Need says whether something is there.
type Need uint8

// The needs.
const (
	Never Need = iota
	Maybe
	Always
)

// Traits are what the exchange has to know of a kind.
type Traits struct {
	Kind      Kind
	Sequenced bool // has a place in a thread; effects are unique on it
	Desks     bool // goes from a desk to a desk
	Content   Need // sealed to the receiving desk
	Immediate Need // takes effect on arrival, whatever is missing before it
	Ruled     bool // needs a permitted rule row and a legal basis
	Personal  bool // its content tells who somebody is: needs a roster that has not lapsed
	Flows     bool // goes to and comes from suspended and blocked members too
	Answered  bool // its late receipts are carried; false for what would answer answers for ever
	Ephemeral bool // deleted after its effect, kept out of backups
}

// Kinds returns the traits of every kind.
func Kinds() []Traits {
	return []Traits{
		{Kind: Referral, Sequenced: true, Desks: true, Content: Maybe, Immediate: Maybe, Ruled: true, Answered: true},
		{Kind: Identity, Sequenced: true, Desks: true, Content: Always, Ruled: true, Personal: true, Answered: true},
		{Kind: Message, Sequenced: true, Desks: true, Content: Always, Ruled: true, Answered: true},
		{Kind: Joint, Sequenced: true, Desks: true, Content: Maybe, Immediate: Maybe, Ruled: true, Personal: true, Answered: true},
		{Kind: Cooperation, Sequenced: true, Desks: true, Content: Maybe, Ruled: true, Answered: true},
		{Kind: Docket, Sequenced: true, Desks: true, Content: Always, Ruled: true, Answered: true},
		{Kind: Publication, Answered: true},
		{Kind: Withdrawal, Sequenced: true, Desks: true, Immediate: Always, Flows: true, Answered: true},
		{Kind: WithdrawalAnswer, Sequenced: true, Desks: true, Immediate: Always, Flows: true, Answered: true},
		{Kind: Escalation, Answered: true},
		{Kind: Receipts, Flows: true},
		{Kind: Checkpoint, Ephemeral: true},
		{Kind: Cosignature, Ephemeral: true},
		{Kind: Consistency, Ephemeral: true},
		{Kind: Lookup, Answered: true, Ephemeral: true},
		{Kind: Question, Answered: true, Ephemeral: true},
		{Kind: Count, Answered: true, Ephemeral: true},
		{Kind: Region, Answered: true},
		{Kind: Rosters, Flows: true},
		{Kind: Sheets, Flows: true},
		{Kind: Resync, Flows: true},
		{Kind: Erasure, Flows: true, Answered: true},
	}
}

var kinds = Kinds()

// TraitsOf returns the traits of k, and false if there is no such kind.
func TraitsOf(k Kind) (Traits, bool) {
	for _, t := range kinds {
		if t.Kind == k {
			return t, true
		}
	}
	return Traits{}, false
}
