// Package codegen holds the one type of the .NET language host that the docker-build plugin names.
package codegen

// CSharpPackageInfo is the "csharp" section of the plugin's schema.
type CSharpPackageInfo struct {
	PackageReferences    map[string]string `json:"packageReferences,omitempty"`
	RespectSchemaVersion bool              `json:"respectSchemaVersion,omitempty"`
}
