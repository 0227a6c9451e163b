// Package backup makes two archives of a node and restores them into an empty one.
//
// One archive holds sealed content and what is operational: it may be kept for ever. The other holds keys
// and the list of erasures: it is kept for at most [KeysKept], so that what was erased stays erased. Only both
// together are a node. Sessions, leases and the shares and bodies of private matching are in neither.
//
// # The form
//
// An archive is a [Manifest], its sealed body in blocks, and an ending with the digest of everything,
// signed by the node. The body is sealed under a random key of its own. That key is wrapped twice: under a
// key derived from node.secret, for the ordinary restore, and to the recovery key, for the day on which
// node.secret is lost. So an archive opens no name to whoever finds it, not even a desk's; what is inside
// is sealed once more, as in the database. The wrap under node.secret is bound to the manifest and the body
// to both: nobody without node.secret or the node's signing key makes an archive that is taken.
//
// # Restoring
//
// [Service.Restore] proves both archives before it loads anything, loads them in one transaction, repeats
// every erasure it knows of (from the archive of keys and from signed lists, [Service.WriteErasures], that
// may be newer than the archive), begins a new epoch of the log that names what is lost, and asks the other
// members what was exchanged since. Sending stays closed until they have answered or the coordinator
// releases it.
//
// Loading is one transaction and what follows is several. Restore therefore works on a database that
// nobody serves yet: who calls it puts the database in its place only after Restore has returned without a
// failure, and throws it away otherwise.
package backup
