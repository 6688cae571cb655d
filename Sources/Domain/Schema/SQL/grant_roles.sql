SELECT grant_belfry_roles() AS missing
