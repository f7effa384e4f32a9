package manifest

// Workspace is one package of a project of several.
type Workspace struct {
	// Location is the folder, slash-separated and relative to the root.
	Location string
	Manifest *Manifest
}
