package signin

// HashOf is the hash under which a secret's row lies.
func HashOf(secret string) []byte {
	_, hash, _ := parseSecret(secret)
	return hash
}
