package referral

// ParseWords lets the vectors of spec/testdata/referral reach the parser.
func ParseWords(b []byte) (string, error) { return parseWords(b) }
