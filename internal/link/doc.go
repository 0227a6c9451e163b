// Package link finds records that are of one person although their names are written in other scripts and spellings, in another order or
// with slips, and although parts of a date are unknown. It learns from the records themselves how much each agreement says, without
// a single labelled pair, and never merges anything: it shows pairs, the evidence for each in bits, and groups that somebody looks at.
//
// A [Table] is filled with records, [Run] compares them, and [Result.Explain] says of a pair field by field what speaks for it and what against.
// Names are compared as they sound (fold.Sounds), given and family names together and in either order; evidence is added up as Fellegi and
// Sunter do (1969, "A Theory for Record Linkage", J. Amer. Stat. Assoc. 64), where rare values say more than common ones, where names are
// reckoned among those of the same country, because two people of one country share a name by chance far more often, and
// where what siblings share is bounded.
//
// [Names] finds names in a list by what somebody types. Programs of others import package linkage, which names what may be relied on.
//
// It knows no case, no person of this program and no storage: what is compared comes as columns of text.
package link
