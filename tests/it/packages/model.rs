use odpsh::model::{
    Action, Grant, Grantee, Level, Object, ObjectId, ObjectKind, PackageId, Principal, ProjectId, ProjectRef, RoleName,
    Share,
};

/// What was given and not taken: a list of each, and what goes with what.
#[derive(Debug, Default)]
pub struct Model {
    /// How many projects there ever were.
    pub projects: i64,
    /// Every object that ever was.
    pub objects: Vec<Object>,
    /// Every installation that ever was.
    pub installed: Vec<ObjectId>,
    pub living: Vec<ProjectRef>,
    pub there: Vec<Object>,
    pub packages: Vec<Package>,
    pub items: Vec<Item>,
    pub allowed: Vec<Allowed>,
    pub installations: Vec<Installation>,
    pub entries: Vec<Entry>,
}

#[derive(Debug, Clone)]
pub struct Package {
    pub id: PackageId,
    pub project: ProjectRef,
    pub name: String,
}

#[derive(Debug, Clone)]
pub struct Item {
    pub package: PackageId,
    pub object: Object,
    pub actions: Vec<Action>,
}

#[derive(Debug, Clone)]
pub struct Allowed {
    pub package: PackageId,
    pub project: ProjectId,
    pub label: u8,
}

#[derive(Debug, Clone)]
pub struct Installation {
    pub id: ObjectId,
    pub project: ProjectRef,
    pub source: ProjectRef,
    pub package: Option<PackageId>,
    pub name: String,
}

/// An entry on an object, on an installed package, or inside one.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The project that it belongs to.
    pub project: ProjectId,
    pub object: Object,
    /// The installation that it is inside of.
    pub inside: Option<ObjectId>,
    pub grant: Grant,
}

/// Who may receive anything.
pub fn grantees() -> Vec<Grantee> {
    let user = |text: &str| Grantee::User(Principal::parse(text).expect("a principal"));
    let role = |name: &str| Grantee::Role(RoleName::new(name));
    vec![user("ALIYUN$amy"), user("RAM$amy:ann"), role("dev"), role("gone")]
}

impl Installation {
    pub fn object(&self) -> Object {
        let name = format!("{}.{}", self.source.name, self.name);
        Object { id: self.id.into(), ..Object::unknown(ObjectKind::Package, self.project.clone(), &name) }
    }
}

impl Model {
    /// Some project, for objects that are found by their number.
    pub fn nowhere(&self) -> ProjectRef {
        ProjectRef::unknown("nowhere")
    }

    /// What the packages in a project give on an object.
    pub fn shares(&self, project: ProjectId, object: &Object) -> Vec<Share> {
        let mut shares = Vec::new();
        for installation in self.installations.iter().filter(|one| one.project.id == project) {
            let Some(package) = installation.package else { continue };
            let allowed = self.allowed.iter().find(|one| one.package == package && one.project == project);
            let listed = self.items.iter().find(|item| item.package == package && item.object == *object);
            if let (Some(allowed), Some(item)) = (allowed, listed) {
                shares.push(Share {
                    package: installation.object(),
                    actions: item.actions.clone(),
                    label: Level::new(allowed.label).unwrap(),
                });
            }
        }
        shares
    }

    /// The entries on an object, one grantee after the other.
    pub fn entries(&self, object: &Object, inside: Option<ObjectId>) -> Vec<Grant> {
        let on =
            |entry: &&Entry| entry.inside == inside && entry.object.id == object.id && entry.object.kind == object.kind;
        let on_object: Vec<&Entry> = self.entries.iter().filter(on).collect();
        let of = |grantee: Grantee| on_object.iter().filter(move |entry| entry.grant.grantee == grantee);
        grantees().into_iter().flat_map(of).map(|entry| entry.grant.clone()).collect()
    }

    /// How many rows there are of each.
    pub fn counted(&self) -> [usize; 6] {
        let privileges = self.items.iter().map(|item| item.actions.len()).sum();
        [
            self.packages.len(),
            self.items.len(),
            privileges,
            self.allowed.len(),
            self.installations.len(),
            self.entries.len(),
        ]
    }

    /// ACC-9: the object goes with its entries, and out of every package.
    pub fn drop_object(&mut self, object: &Object) {
        self.there.retain(|there| there != object);
        self.items.retain(|item| item.object != *object);
        self.entries.retain(|entry| entry.object != *object);
    }

    /// PKG-3: the entry stays where the package is installed, without Read and what was granted inside.
    pub fn drop_package(&mut self, package: PackageId) {
        self.packages.retain(|there| there.id != package);
        self.items.retain(|item| item.package != package);
        self.allowed.retain(|allowed| allowed.package != package);
        let mut emptied = Vec::new();
        for installation in self.installations.iter_mut().filter(|one| one.package == Some(package)) {
            installation.package = None;
            emptied.push(installation.id);
        }
        emptied.into_iter().for_each(|installation| self.empty(installation));
    }

    pub fn uninstall(&mut self, installation: ObjectId) {
        self.installations.retain(|there| there.id != installation);
        self.empty(installation);
    }

    /// An entry inside goes with the item.
    pub fn remove_item(&mut self, package: PackageId, object: &Object) -> bool {
        let before = self.items.len();
        self.items.retain(|item| item.package != package || item.object != *object);
        let of_package = |one: &&Installation| one.package == Some(package);
        let installed: Vec<ObjectId> = self.installations.iter().filter(of_package).map(|one| one.id).collect();
        self.entries
            .retain(|entry| !entry.inside.is_some_and(|inside| installed.contains(&inside)) || entry.object != *object);
        self.items.len() < before
    }

    /// ACC-11: a project goes from all lists, with everything that it made and installed.
    pub fn drop_project(&mut self, project: ProjectId) {
        self.living.retain(|there| there.id != project);
        let packages: Vec<PackageId> =
            self.packages.iter().filter(|one| one.project.id == project).map(|one| one.id).collect();
        packages.into_iter().for_each(|package| self.drop_package(package));
        let objects: Vec<Object> = self.there.iter().filter(|one| one.project.id == project).cloned().collect();
        objects.iter().for_each(|object| self.drop_object(object));
        let touches = |one: &&Installation| one.project.id == project || one.source.id == project;
        let installed: Vec<ObjectId> = self.installations.iter().filter(touches).map(|one| one.id).collect();
        installed.into_iter().for_each(|installation| self.uninstall(installation));
        self.allowed.retain(|allowed| allowed.project != project);
        self.entries.retain(|entry| entry.project != project);
    }

    fn empty(&mut self, installation: ObjectId) {
        self.entries.retain(|entry| {
            let on_package = entry.object.kind == ObjectKind::Package && entry.object.id == installation.into();
            !on_package && entry.inside != Some(installation)
        });
    }
}
