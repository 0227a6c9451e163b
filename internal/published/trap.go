package published

// Trap is a way in which a published file misleads whoever adds its numbers up.
type Trap string

// The traps of the UNODC GLOTIP file, edition of April 2025. What is refused is no number; all else is read, and said.
const (
	Few          Trap = "below-five"      // "<5": a number from 0 to 4
	Separator    Trap = "thousands"       // "1,192" is one thousand one hundred and ninety-two
	Spoilt       Trap = "spoilt"          // refused: the name of a question of the form, "Q6.1_1s_2019", read as the number 6,112,019
	NoNumber     Trap = "no-number"       // refused: neither a number nor "<5"
	Placeholder  Trap = "question"        // refused: "Q6.1_10s_2019" stands where a country should
	NumberAsName Trap = "number-as-name"  // refused: a number or nothing stands where a country should
	Heading      Trap = "heading"         // refused: "(specify the country)": the form was left as it was printed
	Strange      Trap = "strange-name"    // refused: a name that no table of ours has
	NoCode       Trap = "no-code"         // a territory without a code of ISO 3166-1
	Spelling     Trap = "spelling"        // a name that is not the one that the United Nations use
	LostLetter   Trap = "lost-letter"     // the file itself has U+FFFD where a letter was
	SumInList    Trap = "sum-in-list"     // "TOTAL" stands as a citizenship: adding the list up counts everybody twice
	Several      Trap = "several"         // a region or several countries in one row
	Former       Trap = "former-state"    // a state that is no more
	Twice        Trap = "given-twice"     // several rows with one key and one number
	Contradicted Trap = "contradicted"    // several rows with one key and different numbers; often a sum and its parts
	UnknownAge   Trap = "unknown-age"     // the sum of all ages is more than children and adults
	AgesAbove    Trap = "ages-above"      // children and adults are more than the sum of all ages
	KosovoInside Trap = "kosovo-in-other" // the publisher counts Kosovo* in the numbers of another area
	NotRead      Trap = "not-read"        // refused: a row that is no row of the file
)

// Refused reports whether what fell into t is left out.
func (t Trap) Refused() bool {
	switch t {
	case Spoilt, NoNumber, Placeholder, NumberAsName, Heading, Strange, NotRead:
		return true
	case Few, Separator, NoCode, Spelling, LostLetter, SumInList, Several, Former, Twice, Contradicted, UnknownAge, AgesAbove, KosovoInside:
	}
	return false
}

// Traps returns all of them, in the order in which a report names them.
func Traps() []Trap {
	return []Trap{Few, Separator, Spoilt, NoNumber, Placeholder, NumberAsName, Heading, Strange, NoCode, Spelling, LostLetter, SumInList, Several, Former, Twice, Contradicted, UnknownAge, AgesAbove, KosovoInside, NotRead}
}

// Fell is how often something fell into a trap, and where first.
type Fell struct {
	Trap     Trap      `json:"trap"`
	Refused  bool      `json:"refused"`
	Count    int       `json:"count"` // of rows; of keys with [Twice] and [Contradicted]; of sums with [UnknownAge] and [AgesAbove]
	Examples []Example `json:"examples"`
}

// Example is where something fell into a trap.
type Example struct {
	Line int64  `json:"line"`
	Text string `json:"text"` // what stands there
}

// Report is what was read of a file.
type Report struct {
	Rows    int    `json:"rows"` // without the first
	Values  int    `json:"values"`
	Refused int    `json:"refused"`
	Names   int    `json:"names"` // spellings of countries and citizenships
	Areas   int    `json:"areas"`
	From    int    `json:"from"` // the first year; 0: nothing was read
	To      int    `json:"to"`
	Fell    []Fell `json:"traps"` // those that something fell into
}

// Of returns how often something fell into t.
func (r Report) Of(t Trap) int {
	for _, f := range r.Fell {
		if f.Trap == t {
			return f.Count
		}
	}
	return 0
}

const mostExamples = 5

// traps gathers what fell where.
type traps map[Trap]*Fell

func (all traps) fell(t Trap, line int64, text string) {
	f := all[t]
	if f == nil {
		f = &Fell{Trap: t, Refused: t.Refused()}
		all[t] = f
	}
	f.Count++
	if len(f.Examples) < mostExamples {
		f.Examples = append(f.Examples, Example{line, text})
	}
}

func (all traps) list() []Fell {
	var out []Fell
	for _, t := range Traps() {
		if f := all[t]; f != nil {
			out = append(out, *f)
		}
	}
	return out
}
