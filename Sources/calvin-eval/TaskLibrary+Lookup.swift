import Assets
import Calvin

/// The tasks that ship with the program.
func taskLibrary() throws -> TaskLibrary {
  try TaskLibrary(folder: try tasksFolder())
}

/// The folder `Tasks/` beside the executable or above it.
func tasksFolder() throws -> String {
  try PackageFolder.path(of: "Tasks", holding: ["tasks.yaml", "skills.yaml"])
}
